#include "sim/live/fuse_files.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include "sim/host.hpp"
#include "sim/live/pending_signals.hpp"

namespace cpuhp {
namespace {

// Size that all files show, as in sysfs. It is also the largest size of a write.
constexpr std::size_t kPage = 4'096;
constexpr double kStays = 1e6;  // seconds for which the host's kernel may cache an answer
constexpr mode_t kReadOnly = 0444, kWritable = 0644, kFolder = 0755;
// folders that exist only in some states of a CPU
constexpr std::array<std::string_view, 2> kPassing{"topology", "cache"};

bool is_folder(const TreeNode& node) { return node.kind == TreeNode::Kind::Directory; }
bool is_none(const TreeNode& node) { return node.kind == TreeNode::Kind::None; }

std::string cpu_folder(CpuId cpu) { return std::string(kCpuFolder) + "/cpu" + std::to_string(cpu); }

timespec date() {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t ns = host_nanoseconds_since_1970();
  return {.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
}

/// Returns 3 and 0, an index into kPassing, for "sys/devices/system/cpu/cpu3/topology/core_id".
std::optional<std::pair<CpuId, std::size_t>> passing_folder(const std::string& path) {
  const std::string_view rest = path_below(path, kCpuFolder).value_or("");
  if (!rest.starts_with("cpu")) return std::nullopt;
  CpuId cpu = 0;
  const char* const end = rest.data() + rest.size();
  const auto [after, error] = std::from_chars(rest.data() + 3, end, cpu);
  if (error != std::errc{} || after == end || *after != '/') return std::nullopt;
  for (std::size_t i = 0; i < kPassing.size(); ++i)
    if (path_below(std::string_view(after + 1, end), kPassing[i])) return std::pair(cpu, i);
  return std::nullopt;
}

}  // namespace

void FuseFiles::attach(Session& session, std::function<void(Session&)> before_answer,
                       std::function<void(fuse_ino_t)> forget) {
  session_ = &session;
  tree_.emplace(session);
  before_answer_ = std::move(before_answer);
  forget_ = std::move(forget);
  began_ = date();
  seen_.resize(session.config().topology.nr_cpus());
  look();
}

// ---------------------------------------------------------------------------- changes of the tree

void FuseFiles::look() {
  const Machine& machine = session_->machine();
  for (CpuId cpu = 0; cpu < seen_.size(); ++cpu) {
    Seen& seen = seen_[cpu];
    const StateId state = machine.cpus[cpu].state;
    const bool online = machine.core.online.test(cpu);
    if (seen.state == state && seen.online == online) continue;
    seen.state = state;
    seen.online = online;
    for (std::size_t i = 0; i < kPassing.size(); ++i) {
      const bool there = !is_none(tree_->find(cpu_folder(cpu) + '/' + std::string(kPassing[i])));
      if (there != seen.folders[i].has_value()) came_or_went(cpu, i, there);
    }
  }
}

/// Makes the host's kernel drop what it has cached of the folder. Open files in the folder can't be
/// read any more.
void FuseFiles::came_or_went(CpuId cpu, std::size_t folder, bool there) {
  const std::string above = cpu_folder(cpu);
  const std::string path = above + '/' + std::string(kPassing[folder]);
  seen_[cpu].folders[folder] = there ? std::optional(date()) : std::nullopt;
  forget_(inodes_.number(above));
  for (const std::uint64_t number : inodes_.within(path)) {
    forget_(number);
    set_.erase(inodes_.path(number));
  }
  for (auto& [number, file] : open_) file.gone = file.gone || path_below(file.path, path);
}

timespec FuseFiles::since(const std::string& path) const {
  const auto folder = passing_folder(path);
  if (!folder || folder->first >= seen_.size()) return began_;
  return seen_[folder->first].folders[folder->second].value_or(began_);
}

mode_t FuseFiles::mode_of(const std::string& path, const TreeNode& node) const {
  const mode_t kind = is_folder(node) ? S_IFDIR : S_IFREG;
  const mode_t own = is_folder(node) ? kFolder : node.writable ? kWritable : kReadOnly;
  const auto set = set_.find(path);
  return kind | ((set == set_.end() ? own : set->second.mode.value_or(own)) & ~mode_t{S_IFMT});
}

struct stat FuseFiles::attributes(const std::string& path, const TreeNode& node) {
  struct stat st {};
  st.st_ino = inodes_.number(path);
  st.st_uid = uid_;
  st.st_gid = gid_;
  st.st_blksize = kPage;
  st.st_atim = st.st_mtim = st.st_ctim = since(path);
  st.st_mode = mode_of(path, node);
  st.st_nlink = is_folder(node) ? 2 + tree_->folders(path) : 1;
  if (!is_folder(node) && !path.starts_with("proc/")) st.st_size = kPage;
  const auto set = set_.find(path);
  if (set == set_.end()) return st;
  st.st_uid = set->second.uid.value_or(st.st_uid);
  st.st_gid = set->second.gid.value_or(st.st_gid);
  st.st_atim = set->second.accessed.value_or(st.st_atim);
  st.st_mtim = set->second.modified.value_or(st.st_mtim);
  st.st_ctim = set->second.changed;
  return st;
}

std::uint64_t FuseFiles::keep(OpenFile open) {
  open_.emplace(next_open_, std::move(open));
  return next_open_++;
}

/// Returns an entry that the host's kernel may cache. When the file disappears, look() makes the
/// kernel drop its attributes, so that opening it or reading its attributes fails.
fuse_entry_param FuseFiles::entry(const std::string& path, const TreeNode& node) {
  fuse_entry_param entry{};
  entry.ino = inodes_.number(path);
  entry.attr = attributes(path, node);
  entry.entry_timeout = entry.attr_timeout = kStays;
  return entry;
}

void FuseFiles::lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  const std::string path = path_in(inodes_.path(parent), name);
  const TreeNode node = tree_->find(path);
  fuse_entry_param found{};
  found.entry_timeout = kStays;  // the host's kernel may also cache that the file does not exist
  if (!is_none(node)) found = entry(path, node);
  if (is_none(node) && tree_->may_appear(path))
    fuse_reply_err(req, ENOENT);
  else
    fuse_reply_entry(req, &found);
}

void FuseFiles::getattr(fuse_req_t req, fuse_ino_t ino) {
  const std::string& path = inodes_.path(ino);
  const TreeNode node = tree_->find(path);
  if (is_none(node)) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  const struct stat st = attributes(path, node);
  fuse_reply_attr(req, &st, kStays);
}

/// Works like kernfs_iop_setattr(). A new size is accepted and has no effect.
void FuseFiles::setattr(fuse_req_t req, fuse_ino_t ino, const struct stat& wanted, int to_set) {
  constexpr int kKept = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID |
                        FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME;
  const std::string& path = inodes_.path(ino);
  if ((to_set & kKept) != 0 && !is_none(tree_->find(path))) {
    Set& set = set_[path];
    set.changed = date();
    const auto time = [&](int now, const timespec& given) {
      return (to_set & now) != 0 ? set.changed : given;
    };
    if ((to_set & FUSE_SET_ATTR_MODE) != 0) set.mode = wanted.st_mode;
    if ((to_set & FUSE_SET_ATTR_UID) != 0) set.uid = wanted.st_uid;
    if ((to_set & FUSE_SET_ATTR_GID) != 0) set.gid = wanted.st_gid;
    if ((to_set & FUSE_SET_ATTR_ATIME) != 0)
      set.accessed = time(FUSE_SET_ATTR_ATIME_NOW, wanted.st_atim);
    if ((to_set & FUSE_SET_ATTR_MTIME) != 0)
      set.modified = time(FUSE_SET_ATTR_MTIME_NOW, wanted.st_mtim);
  }
  getattr(req, ino);
}

/// Works like kernfs_fop_open(): the file's mode also restricts root. O_DIRECT is refused.
void FuseFiles::open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  const std::string& path = inodes_.path(ino);
  const TreeNode node = tree_->find(path);
  if (is_none(node)) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  constexpr mode_t kWrite = 0222, kRead = 0444;
  const mode_t mode = mode_of(path, node);
  const int access = fi->flags & O_ACCMODE;
  const bool may =
      (access == O_RDONLY || (mode & kWrite) != 0) && (access == O_WRONLY || (mode & kRead) != 0);
  if (!may || (fi->flags & O_DIRECT) != 0) {
    fuse_reply_err(req, may ? EINVAL : EACCES);
    return;
  }
  fi->direct_io = 1;
  fi->fh = keep({.path = path, .text = {}, .names = {}});
  if (fuse_reply_open(req, fi) != 0) open_.erase(fi->fh);
}

/// Works like the kernel's seq_file: a read at offset 0 produces the text, and later reads return
/// parts of it.
void FuseFiles::read(fuse_req_t req, std::size_t size, off_t offset, fuse_file_info* fi) {
  OpenFile& file = open_.at(fi->fh);
  std::string text;
  const bool anew = offset == 0 || !file.text;
  if (file.gone || (anew && tree_->read(file.path, &text) != 0)) {
    fuse_reply_err(req, ENODEV);
    return;
  }
  if (anew) file.text = std::move(text);
  const std::size_t from = std::min(static_cast<std::size_t>(offset), file.text->size());
  fuse_reply_buf(req, file.text->data() + from, std::min(size, file.text->size() - from));
}

/// Handles each write as a separate store, and ignores the file position. A read-only file has no
/// store function. If a chmod has made it writable, a write returns EIO (as in dev_attr_store()).
void FuseFiles::write(fuse_req_t req, const char* bytes, std::size_t size, fuse_file_info* fi) {
  const OpenFile& file = open_.at(fi->fh);
  size = std::min(size, kPage);
  const TreeNode node = tree_->find(file.path);
  if (file.gone || is_none(node) || !node.writable) {
    fuse_reply_err(req, file.gone || is_none(node) ? ENODEV : EIO);
    return;
  }
  const std::uint64_t number = next_write_++;
  writing_[number] = {.request = req, .caller = fuse_req_ctx(req)->pid};
  fuse_req_interrupt_func(
      req, [](fuse_req_t r, void* self) { static_cast<FuseFiles*>(self)->interrupted(r); }, this);
  tree_->write(file.path, {bytes, size}, [this, number, req, size](int ret) {
    if (before_answer_) before_answer_(*session_);
    if (writing_.erase(number) == 0) return;  // the caller no longer exists
    fuse_req_interrupt_func(req, nullptr, nullptr);
    if (ret == 0)
      fuse_reply_write(req, size);
    else
      fuse_reply_err(req, ret == -ENOENT ? ENODEV : -ret);
  });
}

// ---------------------------------------------------------------------------- signals

/// Called when a caller gets a signal. If the signal kills the caller, its wait ends, while the
/// machine continues the operation. Otherwise it keeps waiting, as in the kernel, where a signal
/// can't interrupt a store.
void FuseFiles::interrupted(fuse_req_t req) {
  const auto found = std::find_if(writing_.begin(), writing_.end(),
                                  [req](const auto& w) { return w.second.request == req; });
  if (found == writing_.end()) return;
  found->second.interrupted = true;
  let_go_if_dying(found->first);
}

void FuseFiles::let_go_if_dying(std::uint64_t number) {
  const Writing writing = writing_.at(number);
  if (!about_to_die(writing.caller)) return;
  writing_.erase(number);
  fuse_reply_err(writing.request, EINTR);
}

/// Checks whether a later signal kills a caller that has survived its first one. The host's kernel
/// reports only the first signal.
void FuseFiles::look_at_interrupted() {
  for (auto i = writing_.begin(); i != writing_.end();) {
    const auto [number, writing] = *i++;
    if (writing.interrupted) let_go_if_dying(number);
  }
}

bool FuseFiles::any_interrupted() const {
  return std::any_of(writing_.begin(), writing_.end(),
                     [](const auto& w) { return w.second.interrupted; });
}

// ---------------------------------------------------------------------------- folders

void FuseFiles::opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  OpenFile folder{.path = inodes_.path(ino), .text = {}, .names = {}};
  if (const int ret = tree_->list(folder.path, &folder.names); ret != 0) {
    fuse_reply_err(req, -ret);
    return;
  }
  folder.names.insert(folder.names.begin(), {".", ".."});
  fi->fh = keep(std::move(folder));
  if (fuse_reply_open(req, fi) != 0) open_.erase(fi->fh);
}

/// Lists a folder. `plus`: also looks up each name.
void FuseFiles::readdir(fuse_req_t req, std::size_t size, off_t offset, fuse_file_info* fi,
                        bool plus) {
  const OpenFile& folder = open_.at(fi->fh);
  std::vector<char> page(size);
  std::size_t used = 0;
  for (auto i = static_cast<std::size_t>(offset); i < folder.names.size(); ++i) {
    const std::string& name = folder.names[i];
    const std::string path = path_in(folder.path, name);
    const TreeNode node = i < 2 ? TreeNode{} : tree_->find(path);
    // "." and "..", and files that have disappeared since, are listed without attributes.
    fuse_entry_param e{};
    if (plus && !is_none(node)) {
      e = entry(path, node);
    } else {
      if (i >= 2) e.attr.st_ino = inodes_.number(path);
      e.attr.st_mode = i < 2 || is_folder(node) ? S_IFDIR : S_IFREG;
    }
    const auto next = static_cast<off_t>(i + 1);
    const std::size_t room = size - used;
    char* const place = page.data() + used;
    const std::size_t need = plus
                                 ? fuse_add_direntry_plus(req, place, room, name.c_str(), &e, next)
                                 : fuse_add_direntry(req, place, room, name.c_str(), &e.attr, next);
    if (need > size - used) break;
    used += need;
  }
  fuse_reply_buf(req, page.data(), used);
}

void FuseFiles::release(fuse_req_t req, fuse_file_info* fi) {
  open_.erase(fi->fh);
  fuse_reply_err(req, 0);
}

/// Functions for libfuse's table.
struct FuseCalls {
  static FuseFiles& of(fuse_req_t req) { return *static_cast<FuseFiles*>(fuse_req_userdata(req)); }
  template <int Error, typename... Arguments>
  static void refuse(fuse_req_t req, Arguments...) {
    fuse_reply_err(req, Error);
  }
  static void init(void*, fuse_conn_info* conn) {
    conn->want &=
        ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
  }
  static void lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
    of(req).lookup(req, parent, name);
  }
  static void getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info*) {
    of(req).getattr(req, ino);
  }
  static void setattr(fuse_req_t req, fuse_ino_t ino, struct stat* wanted, int to_set,
                      fuse_file_info*) {
    of(req).setattr(req, ino, *wanted, to_set);
  }
  static void open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
    of(req).open(req, ino, fi);
  }
  static void read(fuse_req_t req, fuse_ino_t, size_t size, off_t offset, fuse_file_info* fi) {
    of(req).read(req, size, offset, fi);
  }
  static void write(fuse_req_t req, fuse_ino_t, const char* bytes, size_t size, off_t,
                    fuse_file_info* fi) {
    of(req).write(req, bytes, size, fi);
  }
  static void opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
    of(req).opendir(req, ino, fi);
  }
  static void readdir(fuse_req_t req, fuse_ino_t, size_t size, off_t offset, fuse_file_info* fi) {
    of(req).readdir(req, size, offset, fi, false);
  }
  static void readdirplus(fuse_req_t req, fuse_ino_t, size_t size, off_t offset,
                          fuse_file_info* fi) {
    of(req).readdir(req, size, offset, fi, true);
  }
  /// Fails like vfs_fsync_range(): kernfs has fsync() for files, but none for folders.
  static void fsyncdir(fuse_req_t req, fuse_ino_t, int, fuse_file_info*) {
    fuse_reply_err(req, EINVAL);
  }
  static void release(fuse_req_t req, fuse_ino_t, fuse_file_info* fi) { of(req).release(req, fi); }
  /// Refuses to create files (EACCES) and other nodes (EPERM).
  static void mknod(fuse_req_t req, fuse_ino_t, const char*, mode_t mode, dev_t) {
    fuse_reply_err(req, S_ISREG(mode) ? EACCES : EPERM);
  }
  static void listxattr(fuse_req_t req, fuse_ino_t, size_t size) {
    if (size == 0)
      fuse_reply_xattr(req, 0);
    else
      fuse_reply_buf(req, nullptr, 0);
  }
};

const fuse_lowlevel_ops& FuseFiles::operations() {
  static const fuse_lowlevel_ops ops = [] {
    fuse_lowlevel_ops o{};
    o.init = FuseCalls::init;
    o.lookup = FuseCalls::lookup;
    o.getattr = FuseCalls::getattr;
    o.setattr = FuseCalls::setattr;
    o.open = FuseCalls::open;
    o.read = FuseCalls::read;
    o.write = FuseCalls::write;
    o.release = FuseCalls::release;
    o.opendir = FuseCalls::opendir;
    o.readdir = FuseCalls::readdir;
    o.readdirplus = FuseCalls::readdirplus;
    o.fsyncdir = FuseCalls::fsyncdir;
    o.releasedir = FuseCalls::release;
    o.getxattr = FuseCalls::refuse<ENODATA>;
    o.listxattr = FuseCalls::listxattr;
    o.create = FuseCalls::refuse<EACCES>;
    o.mknod = FuseCalls::mknod;
    o.mkdir = FuseCalls::refuse<EPERM>;
    o.unlink = FuseCalls::refuse<EPERM>;
    o.rmdir = FuseCalls::refuse<EPERM>;
    o.symlink = FuseCalls::refuse<EPERM>;
    o.rename = FuseCalls::refuse<EPERM>;
    o.link = FuseCalls::refuse<EPERM>;
    o.setxattr = FuseCalls::refuse<ENOTSUP>;
    o.removexattr = FuseCalls::refuse<ENOTSUP>;
    return o;
  }();
  return ops;
}

}  // namespace cpuhp

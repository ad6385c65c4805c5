#include "sim/live/fuse_files.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cpuhp {
namespace {

constexpr std::size_t kPage =
    4'096;                      // sysfs: the size that files show, and the most that a write takes
constexpr double kStays = 1e6;  // seconds that the kernel may remember a file that never goes
constexpr mode_t kReadOnly = 0444, kWritable = 0644, kFolder = 0755;

bool is_folder(const TreeNode& node) { return node.kind == TreeNode::Kind::Directory; }
bool is_none(const TreeNode& node) { return node.kind == TreeNode::Kind::None; }

/// A cpuN: what is in it changes.
bool changes(const std::string& path) {
  std::string rest;
  return path_below(path, kCpuFolder, &rest) && rest.starts_with("cpu") &&
         rest.find('/') == std::string::npos;
}

}  // namespace

void FuseFiles::attach(Session& session, std::function<void(Session&)> before_answer) {
  session_ = &session;
  tree_.emplace(session);
  before_answer_ = std::move(before_answer);
}

struct stat FuseFiles::attributes(const std::string& path, const TreeNode& node) {
  struct stat st {};
  st.st_ino = inodes_.number(path);
  st.st_uid = uid_;
  st.st_gid = gid_;
  st.st_blksize = kPage;
  if (is_folder(node)) {
    st.st_mode = S_IFDIR | kFolder;
    st.st_nlink = 2 + tree_->folders(path);
  } else {
    st.st_mode = S_IFREG | (node.writable ? kWritable : kReadOnly);
    st.st_nlink = 1;
    st.st_size = path.starts_with("proc/") ? 0 : kPage;
  }
  return st;
}

std::uint64_t FuseFiles::keep(Open open) {
  open_.emplace(next_open_, std::move(open));
  return next_open_++;
}

void FuseFiles::lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  const std::string path = inodes_.below(parent, name);
  const TreeNode node = tree_->find(path);
  if (is_none(node)) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  fuse_entry_param entry{};
  entry.ino = inodes_.number(path);
  entry.attr = attributes(path, node);
  entry.entry_timeout = node.comes_and_goes ? 0 : kStays;
  entry.attr_timeout = node.comes_and_goes || changes(path) ? 0 : kStays;
  fuse_reply_entry(req, &entry);
}

void FuseFiles::getattr(fuse_req_t req, fuse_ino_t ino) {
  const std::string& path = inodes_.path(ino);
  const TreeNode node = tree_->find(path);
  if (is_none(node)) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  const struct stat st = attributes(path, node);
  fuse_reply_attr(req, &st, node.comes_and_goes || changes(path) ? 0 : kStays);
}

/// A new size or time is taken and changes nothing.
void FuseFiles::setattr(fuse_req_t req, fuse_ino_t ino, int to_set) {
  if ((to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0)
    fuse_reply_err(req, EPERM);
  else
    getattr(req, ino);
}

/// sysfs refuses to open for writing what nobody may write, also for root.
void FuseFiles::open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  const std::string& path = inodes_.path(ino);
  const TreeNode node = tree_->find(path);
  const bool writes = (fi->flags & O_ACCMODE) != O_RDONLY;
  if (is_none(node) || (writes && !node.writable)) {
    fuse_reply_err(req, is_none(node) ? ENOENT : EACCES);
    return;
  }
  fi->direct_io = 1;
  fi->fh = keep({.path = path, .text = {}, .names = {}});
  if (fuse_reply_open(req, fi) != 0) open_.erase(fi->fh);
}

/// kernel: seq_file: made at offset 0, and kept.
void FuseFiles::read(fuse_req_t req, std::size_t size, off_t offset, fuse_file_info* fi) {
  Open& file = open_.at(fi->fh);
  if (is_none(tree_->find(file.path))) {
    fuse_reply_err(req, ENODEV);
    return;
  }
  if (offset == 0 || !file.text) {
    std::string text;
    tree_->read(file.path, &text);
    file.text = std::move(text);
  }
  const std::size_t from = std::min(static_cast<std::size_t>(offset), file.text->size());
  fuse_reply_buf(req, file.text->data() + from, std::min(size, file.text->size() - from));
}

/// Each is a store of its own, wherever the file's position is.
void FuseFiles::write(fuse_req_t req, const char* bytes, std::size_t size, fuse_file_info* fi) {
  const std::string& path = open_.at(fi->fh).path;
  size = std::min(size, kPage);
  if (is_none(tree_->find(path))) {
    fuse_reply_err(req, ENODEV);
    return;
  }
  writing_[req] = true;
  fuse_req_interrupt_func(
      req, [](fuse_req_t r, void* self) { static_cast<FuseFiles*>(self)->interrupted(r); }, this);
  tree_->write(path, {bytes, size}, [this, req, size](int ret) {
    if (before_answer_) before_answer_(*session_);
    if (writing_.erase(req) == 0) return;  // its caller has gone
    fuse_req_interrupt_func(req, nullptr, nullptr);
    if (ret == 0)
      fuse_reply_write(req, size);
    else
      fuse_reply_err(req, ret == -ENOENT ? ENODEV : -ret);
  });
}

/// Whoever waits for a write was sent a signal; the machine goes on with it.
void FuseFiles::interrupted(fuse_req_t req) {
  if (writing_.erase(req) != 0) fuse_reply_err(req, EINTR);
}

void FuseFiles::opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  Open folder{.path = inodes_.path(ino), .text = {}, .names = {}};
  if (const int ret = tree_->list(folder.path, &folder.names); ret != 0) {
    fuse_reply_err(req, -ret);
    return;
  }
  folder.names.insert(folder.names.begin(), {".", ".."});
  fi->fh = keep(std::move(folder));
  if (fuse_reply_open(req, fi) != 0) open_.erase(fi->fh);
}

void FuseFiles::readdir(fuse_req_t req, std::size_t size, off_t offset, fuse_file_info* fi) {
  const Open& folder = open_.at(fi->fh);
  std::vector<char> page(size);
  std::size_t used = 0;
  for (auto i = static_cast<std::size_t>(offset); i < folder.names.size(); ++i) {
    const std::string& name = folder.names[i];
    const std::string path = folder.path.empty() ? name : folder.path + '/' + name;
    struct stat st {};
    if (i >= 2) st.st_ino = inodes_.number(path);
    st.st_mode = i < 2 || is_folder(tree_->find(path)) ? S_IFDIR : S_IFREG;
    const std::size_t need = fuse_add_direntry(req, page.data() + used, size - used, name.c_str(),
                                               &st, static_cast<off_t>(i + 1));
    if (need > size - used) break;
    used += need;
  }
  fuse_reply_buf(req, page.data(), used);
}

void FuseFiles::release(fuse_req_t req, fuse_file_info* fi) {
  open_.erase(fi->fh);
  fuse_reply_err(req, 0);
}

/// libfuse's table of functions.
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
  static void setattr(fuse_req_t req, fuse_ino_t ino, struct stat*, int to_set, fuse_file_info*) {
    of(req).setattr(req, ino, to_set);
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
    of(req).readdir(req, size, offset, fi);
  }
  static void release(fuse_req_t req, fuse_ino_t, fuse_file_info* fi) { of(req).release(req, fi); }
  /// A folder that makes no files; other kinds, it does not know.
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

#include "sim/trace/arrows.hpp"

#include <map>
#include <tuple>
#include <utility>

namespace cpuhp {
namespace {

constexpr std::string_view kKick = "kick", kAlive = "alive", kRelease = "release",
                           kCompletion = "completion";

class ArrowFinder {
 public:
  explicit ArrowFinder(const EventStream& stream)
      : stream_(stream), begun_(stream.events.size()), ended_(stream.events.size()) {}

  std::vector<Arrow> find() {
    for (std::size_t i = 0; i < stream_.events.size(); ++i) {
      const Event& e = stream_.events[i];
      if (e.role == Role::ApBoot && e.on == e.cpu) end(kRelease, e.cpu, 0, i);
      if (e.kind == EventKind::Kick) begin(kKick, e.cpu, 0, i);
      if (e.kind == EventKind::Alive) {
        end(kKick, e.cpu, 0, i);
        begin(kAlive, e.cpu, 0, i);
      }
      if (e.kind == EventKind::Release) {
        end(kAlive, e.cpu, 0, i);
        begin(kRelease, e.cpu, 0, i);
      }
      if (e.kind == EventKind::Complete) begin(kCompletion, e.cpu, e.name, i);
      if (e.kind == EventKind::WaitEnd && e.ret == 0) end(kCompletion, e.cpu, e.name, i);
    }
    return std::move(arrows_);
  }

 private:
  using Key = std::tuple<std::string_view, CpuId, NameId>;

  void begin(std::string_view name, CpuId cpu, NameId what, std::size_t at) {
    if (!begun_[at]) open_[Key{name, cpu, what}] = at;
  }
  void end(std::string_view name, CpuId cpu, NameId what, std::size_t at) {
    const auto found = open_.find(Key{name, cpu, what});
    if (found == open_.end() || begun_[found->second] || ended_[at]) return;
    begun_[found->second] = ended_[at] = true;
    arrows_.push_back({name, found->second, at});
    open_.erase(found);
  }

  const EventStream& stream_;
  std::vector<bool> begun_, ended_;
  std::vector<Arrow> arrows_;
  std::map<Key, std::size_t> open_;
};

}  // namespace

std::vector<Arrow> arrows(const EventStream& stream) { return ArrowFinder(stream).find(); }

}  // namespace cpuhp

#include "model/checks/general_work.hpp"

#include "model/checks/watch.hpp"

namespace cpuhp {
namespace {

class GeneralWork : Watch {
 public:
  using Watch::Watch;

  std::vector<Finding> run() {
    const NameId active = id_of("active");
    for (const Event& e : stream_.events) {
      const bool set = e.kind == EventKind::MaskSet;
      if ((set || e.kind == EventKind::MaskClear) && e.name == active) active_[e.cpu] = {set};
      if (e.kind == EventKind::Run && !active_[e.on].on)
        find("I16", "facts.md 5, I16", e, "active",
             "general work runs on " + cpu_text(e.on) + ", which is not active");
    }
    return std::move(found_);
  }

 private:
  struct Bit {
    bool on = false;
  };
  PerCpu<Bit> active_;
};

}  // namespace

std::vector<Finding> check_general_work(const EventStream& stream, const Judged& judged) {
  return GeneralWork(stream, judged).run();
}

}  // namespace cpuhp

#include "model/checks/scene.hpp"

namespace cpuhp {
namespace {

std::shared_ptr<const Known> known_of(const EventStream& stream, const Judged& judged) {
  if (judged.known != nullptr && judged.names == stream.names.base()) return judged.known;
  return std::make_shared<const Known>(known_to_checks(stream.names, judged.table));
}

}  // namespace

Scene::Scene(const EventStream& all, const Judged& by)
    : stream(all),
      judged(by),
      known(known_of(all, by)),
      names(known->names),
      cpus_(all.nr_cpus),
      open_(all.nr_cpus) {
  names.look_up(stream.names);  // a run may add some that its base does not have
  cpus_[judged.boot_cpu].rest = judged.table.anchors().online;
}

}  // namespace cpuhp

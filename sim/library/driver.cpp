#include "cpuhp/driver.hpp"

#include "cpuhp/error.hpp"
#include "model/hotplug/driver_calls.hpp"
#include "model/machine.hpp"

namespace cpuhp::api {
namespace {

DriverCall& of(void* call) { return *static_cast<DriverCall*>(call); }

constexpr std::int64_t kLongest = 1'000'000'000'000'000;  // ns

Ns length_of(std::int64_t ns, const char* what) {
  if (ns < 0 || ns > kLongest)
    throw Error(std::string(what) + " takes 0 to 10^15 ns, found " + std::to_string(ns));
  return Ns{ns};
}

}  // namespace

unsigned Callback::cpu() const { return of(call_).cpu; }
unsigned Callback::instance() const {
  return of(call_).instance == kNoInstance ? 0u : of(call_).instance;
}
bool Callback::bringing_up() const { return of(call_).bringup; }
bool Callback::rolling_back() const { return of(call_).m.cpus[of(call_).cpu].rollback; }
std::int64_t Callback::now_ns() const { return of(call_).m.rt.now().v; }
bool Callback::may_sleep() const { return driver_may_sleep(of(call_)); }

void Callback::work(std::int64_t ns) { driver_works(of(call_), length_of(ns, "work()")); }
void Callback::sleep(std::int64_t ns) { driver_sleeps(of(call_), length_of(ns, "sleep()")); }
void Callback::lock(std::string_view name) { driver_locks(of(call_), name); }
void Callback::unlock(std::string_view name) {
  if (!driver_unlocks(of(call_), name))
    throw Error("a callback unlocks \"" + std::string(name) + "\", which nobody holds");
}

int Callback::may_fail() { return driver_fails(of(call_)); }
int Callback::take(std::string_view resource) {
  const int ret = may_fail();
  if (ret == 0) driver_takes(of(call_), resource);
  return ret;
}
void Callback::give(std::string_view resource) { driver_gives(of(call_), resource); }

}  // namespace cpuhp::api

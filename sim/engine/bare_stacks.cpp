// Stacks on ucontext, without SimGrid: for unit tests of the model and of the scheduler.
#include <ucontext.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sim/engine/stacks.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CPUHP_TELL_ASAN
#endif
#endif
#ifdef CPUHP_TELL_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace cpuhp {
namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

class BareStacks;

struct BareStack final : Stacks::Stack {
  BareStacks* stacks = nullptr;
  ucontext_t context{};
  std::unique_ptr<std::byte[]> memory;
  std::function<void()> main;
#ifdef CPUHP_TELL_ASAN
  // The stack's memory. For the root stack it becomes known when another stack first takes over.
  const void* bottom = nullptr;
  std::size_t size = 0;
  void* fake = nullptr;  ///< AddressSanitizer's own data about this stack
#endif
};

#ifdef CPUHP_TELL_ASAN
/// Tells clang's AddressSanitizer about each switch. Otherwise it finds no errors on these stacks,
/// and no exception can unwind on them.
void about_to_switch(BareStack& from, const BareStack& to, bool for_good) {
  __sanitizer_start_switch_fiber(for_good ? nullptr : &from.fake, to.bottom, to.size);
}
void has_switched(BareStack& from, BareStack& to) {
  __sanitizer_finish_switch_fiber(to.fake, &from.bottom, &from.size);
}
#else
void about_to_switch(BareStack&, const BareStack&, bool) {}
void has_switched(BareStack&, BareStack&) {}
#endif

class BareStacks final : public Stacks {
 public:
  void run(std::function<void()> root) override {
    current_ = &root_;
    root();
    stacks_.clear();
  }
  Stack* create(std::function<void()> main) override {
    auto s = std::make_unique<BareStack>();
    s->memory = std::make_unique_for_overwrite<std::byte[]>(kStackBytes);
    s->main = std::move(main);
    s->stacks = this;
#ifdef CPUHP_TELL_ASAN
    s->bottom = s->memory.get();
    s->size = kStackBytes;
#endif
    getcontext(&s->context);
    s->context.uc_stack.ss_sp = s->memory.get();
    s->context.uc_stack.ss_size = kStackBytes;
    s->context.uc_link = nullptr;
    // makecontext() passes only ints, so the pointer is split in two.
    const auto bits = reinterpret_cast<std::uintptr_t>(s.get());
    makecontext(&s->context, reinterpret_cast<void (*)()>(&BareStacks::enter), 2,
                static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32));
    stacks_.push_back(std::move(s));
    return stacks_.back().get();
  }
  Stack* current() override { return current_; }
  void switch_to(Stack* stack, Ns) override { go_to(stack, false); }
  void finish_into(Stack* stack, Ns) override { go_to(stack, true); }
  std::uint64_t engine_events() const override { return events_; }

 private:
  void go_to(Stack* stack, bool for_good) {
    ++events_;
    if (stack == current_) return;
    BareStack* const self = current_;
    current_ = static_cast<BareStack*>(stack);
    came_from_ = self;
    about_to_switch(*self, *current_, for_good);
    swapcontext(&self->context, &current_->context);
    has_switched(*came_from_, *self);
  }
  static void enter(std::uint32_t low, std::uint32_t high) {
    const auto bits = std::uintptr_t{high} << 32 | low;
    auto* const self = reinterpret_cast<BareStack*>(bits);
    has_switched(*self->stacks->came_from_, *self);
    self->main();
  }
  BareStack root_;
  BareStack* current_ = nullptr;
  BareStack* came_from_ = nullptr;  ///< the stack that ran before the last switch
  std::vector<std::unique_ptr<BareStack>> stacks_;
  std::uint64_t events_ = 0;
};

}  // namespace

std::unique_ptr<Stacks> make_bare_stacks() { return std::make_unique<BareStacks>(); }

}  // namespace cpuhp

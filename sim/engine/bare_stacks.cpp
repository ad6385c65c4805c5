// Stacks on ucontext, without an engine: for unit tests of the model and of the scheduler itself.
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sim/engine/stacks.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

struct BareStack final : Stacks::Stack {
  ucontext_t context{};
  std::unique_ptr<std::byte[]> memory;
  std::function<void()> main;
};

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
    getcontext(&s->context);
    s->context.uc_stack.ss_sp = s->memory.get();
    s->context.uc_stack.ss_size = kStackBytes;
    s->context.uc_link = nullptr;
    // makecontext passes ints only, so a pointer travels in two.
    const auto bits = reinterpret_cast<std::uintptr_t>(s.get());
    makecontext(&s->context, reinterpret_cast<void (*)()>(&BareStacks::enter), 2,
                static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32));
    stacks_.push_back(std::move(s));
    return stacks_.back().get();
  }
  Stack* current() override { return current_; }
  void switch_to(Stack* stack, Ns) override {
    ++events_;
    if (stack == current_) return;
    BareStack* from = std::exchange(current_, static_cast<BareStack*>(stack));
    swapcontext(&from->context, &current_->context);
  }
  void finish_into(Stack* stack, Ns date) override { switch_to(stack, date); }
  std::uint64_t engine_events() const override { return events_; }

 private:
  static void enter(std::uint32_t low, std::uint32_t high) {
    const auto bits = std::uintptr_t{high} << 32 | low;
    reinterpret_cast<BareStack*>(bits)->main();
  }
  BareStack root_;
  BareStack* current_ = nullptr;
  std::vector<std::unique_ptr<BareStack>> stacks_;
  std::uint64_t events_ = 0;
};

}  // namespace

std::unique_ptr<Stacks> make_bare_stacks() { return std::make_unique<BareStacks>(); }

}  // namespace cpuhp

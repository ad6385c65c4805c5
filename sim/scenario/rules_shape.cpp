#include "sim/scenario/rules_shape.hpp"

#include <array>

namespace cpuhp {

namespace {

/// What each rule says when it is on; model/rules.hpp has the commits.
constexpr auto kRuleDocs = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"decrement_first",
     "The AP's thread moves the state before a teardown callback runs (4.14 on), not after it."},
    {"control_decrements_late",
     "The control CPU moves the state after a teardown callback, the AP's thread before (4.14 to "
     "5.12)."},
    {"empty_states_called",
     "A walk calls states without a callback, too: an armed `fail` is used up there, and nothing "
     "fails (4.14 to 5.12)."},
    {"atomic_errors_ignored",
     "An error of a STARTING or DYING callback is logged and the walk goes on (6.2 on)."},
    {"split_startup", "cpu:kick_ap and cpu:bringup are two states (6.5 on)."},
    {"parallel_bringup", "Boot kicks all CPUs before it releases them one by one (6.5 on)."},
    {"down_via_kworker",
     "cpu_down runs in a kworker on the first other online housekeeping CPU (6.6 on)."},
    {"last_housekeeping_busy",
     "The last online housekeeping CPU refuses to go down with -EBUSY (6.6 on)."},
    {"equal_target_noop", "Writing the present state to `target` does nothing (6.2 on)."},
    {"boot_cpu_target_online", "The boot CPU's target is `online` from the start (6.2 on), not 0."},
    {"fail_limits", "-1 clears `fail`, and states that cannot be rolled back refuse it (5.13 on)."},
    {"ap_kicks_itself",
     "The AP sets active, unparks and kicks its own thread in idle (4.6 to 4.12)."},
    {"active_is_a_state", "`active` is set by sched:active (4.8 on), not by the idle entry."},
    {"refused_takedown_traced",
     "The rollback kick after a refused takedown is traced (4.6 to 4.13)."},
    {"freeze_descending", "Suspend takes CPUs down from the highest number (6.9 on)."},
    {"instance_error_lost",
     "A rolled-back instance's error is overwritten by the rollback's 0 (up to 6.18)."},
    {"taken_slot_busy",
     "Setting up a state whose number is taken is -EBUSY (4.10 on), not a replacement."},
    {"prepare_dynamic_skipped",
     "Setting up a dynamic PREPARE state gives its number and calls nothing (up to 6.9)."},
    {"bringup_spins", "The control CPU spins for callin and online (x86 up to 6.4, 4.x kernels)."},
    {"primaries_first", "With SMT, boot brings primary threads up first (6.5 on)."},
    {"smt_forceoff_first",
     "An unknown word written to smt/control after forceoff is -EPERM (6.6 on), not -EINVAL."},
    {"maxcpus_counts_tries",
     "maxcpus= counts the CPUs that boot tries (6.5 on), not those that are online."},
    {"smt_threads", "smt/control takes and compares a number of threads (6.6 on)."},
    {"online_retried",
     "A write of 1 to `online` that gets -EBUSY is tried again, for 620 ms (6.6 on)."},
    {"true_false_words",
     "`online` takes words that begin with t or f as 1 and 0 (5.19 on), not only y, n and digits."},
    {"absent_cpus_ignored",
     "CPUs that are not there don't count as possible when their package has one that is (x86 on "
     "bare metal, 6.9 on)."},
    {"walker_reads_again",
     "A callback that the walking task runs may take cpus_read_lock() (up to 4.12); later it waits "
     "for ever, as it always did in the AP's thread."},
});

std::string rule_doc(std::string_view name) {
  for (const auto& [rule, doc] : kRuleDocs)
    if (rule == name) return std::string(doc);
  return "See model/rules.hpp.";
}

}  // namespace

ShapePtr rules_shape(bool base_required) {
  const ShapePtr versions =
      words_of({{"v4.5", "the notifier kernels"},
                {"v4.6", "the first state machine"},
                {"v5.10", "the AP's thread as today, the control CPU as before"},
                {"v6.1", ""},
                {"v6.6", "split and parallel start-up"},
                {"v6.12", ""}});
  const std::string base = "The kernel whose rules apply where no single rule is given.";
  std::vector<Field> fields;
  fields.push_back(base_required ? Field("base", versions, base)
                                 : Field("base", versions, base, {"", "the table's rules"}));
  fields.emplace_back("core_sync",
                      words_of({{"none", "the control CPU and the AP share no sync state"},
                                {"dead", "only the dying CPU's last word is synchronised"},
                                {"full", "the six-value handshake"}}),
                      "Values of ap_sync_state that the architecture uses (6.5 on).",
                      Optional{"", "the base's"});
  Rules names;
  for_each_rule(names, [&](std::string_view name, bool&) {
    fields.emplace_back(std::string(name), boolean_of(), rule_doc(name),
                        Optional{"", "the base's"});
  });
  return object_of(base_required ? "rules" : "rule overrides",
                   "What differs between kernels, one flag a rule. Stable kernels back-port, so "
                   "single rules override the version's.",
                   std::move(fields));
}

Rules read_rules(const JsonRef& object, Rules rules) {
  if (const JsonRef base = object.find("base")) rules = Rules::by_version(base->string()).value();
  if (const JsonRef sync = object.find("core_sync"))
    rules.core_sync = core_sync_by_name(sync->string()).value();
  for_each_rule(rules, [&](std::string_view name, bool& rule) {
    if (const JsonRef given = object.find(name)) rule = given->boolean();
  });
  return rules;
}

}  // namespace cpuhp

#include "sim/scenario/rules_shape.hpp"

namespace cpuhp {

namespace {

/// Matches kernel versions from v4.5 on, whose rules are known.
constexpr std::string_view kVersionPattern =
    R"(^v(4\.([5-9]|[1-9][0-9]{1,2})|([5-9]|[1-9][0-9])\.(0|[1-9][0-9]{0,2})))"
    R"((\.(0|[1-9][0-9]{0,3}))?$)";

bool is_version(std::string_view text) {
  const KernelVersion v = kernel_version(text);
  const bool whole = text == to_string(v) || text == to_string(v) + ".0";
  return whole && v >= kOldestKernel && v.major < 100 && v.minor < 1000 && v.patch < 10'000;
}

/// Describes what the rule means when it is on, and which kernels have it.
std::string rule_doc(const Rule& rule) {
  const std::string kernels = rule.kernels();
  return std::string(rule.doc) + (kernels.empty() ? "" : " Kernels: " + kernels + ".");
}

}  // namespace

ShapePtr kernel_shape() {
  return text_matching("a kernel's version, \"v4.5\" or later", kVersionPattern, is_version);
}

ShapePtr rules_shape(bool base_required) {
  const ShapePtr versions = kernel_shape();
  const std::string base =
      "The kernel whose rules apply, except for rules that are given here one by one. It is a "
      "mainline release, or a release of a stable series, such as `v6.1.192`. A version newer than "
      "all known versions has the rules of the newest known version.";
  std::vector<Field> fields;
  fields.push_back(base_required ? Field("base", versions, base)
                                 : Field("base", versions, base, otherwise("the table's rules")));
  fields.emplace_back("core_sync", words_of(kCoreSyncs),
                      "Values of ap_sync_state that the architecture uses (since 6.5).",
                      otherwise("that of `base`"));
  for (const Rule& rule : all_rules())
    fields.emplace_back(std::string(rule.name), boolean_of(), rule_doc(rule),
                        otherwise("that of `base`"));
  return object_of(base_required ? "rules" : "rule overrides",
                   "Differences between kernels, one flag for each rule. A rule that is given here "
                   "overrides the same rule of `base`, because stable kernels contain back-ports.",
                   std::move(fields));
}

Rules read_rules(const JsonRef& object, Rules rules) {
  if (const JsonRef base = object.find("base")) rules = Rules::of(kernel_version(base->string()));
  if (const JsonRef sync = object.find("core_sync")) rules.core_sync = value_of(sync, kCoreSyncs);
  for (const Rule& rule : all_rules())
    if (const JsonRef given = object.find(rule.name)) rules.*rule.member = given->boolean();
  return rules;
}

}  // namespace cpuhp

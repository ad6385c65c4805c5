// What an operation leaves behind and gives back: reversibility as the caller sees it (I11, I12,
// I13, I28, I30, I34).
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// - I11, I12: after an operation that failed each CPU is where it was: state, masks, threads, and
///   which states are started;
/// - I8: after one that succeeded, exactly the states up to the CPU's own are started;
/// - I13: what the caller gets is the first error;
/// - I28: state and target agree, and the CPU rests where one may rest;
/// - I30: an armed `fail` strikes once, and stays armed until then;
/// - I34: hotplug is disabled once by each suspend, and only its CPUs come back;
/// - "boot": every present CPU that maxcpus= lets up was started once.
///
/// A kernel promises nothing any more once a callback has failed that must not (a teardown of
/// PREPARE, anything of STARTING), or one has failed during a rollback (facts.md 3.4).
std::vector<Finding> check_operations(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp

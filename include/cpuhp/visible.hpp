// Marks what the shared library shows to programs.
#pragma once

#define CPUHP_VISIBLE __attribute__((visibility("default")))

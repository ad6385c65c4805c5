// Calibration on the published Skylake rows: without a value set by hand it comes to the profile
// that was fitted by hand. docs/validation.md shows the parameters.
//
// CPUHP_UPDATE=1 rewrites the table of docs/validation.md.
#include "sim/analysis/calibration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/calibration_report.hpp"
#include "tests/page_section.hpp"

namespace cpuhp {
namespace {

const std::string kSkylake = CPUHP_SOURCE_DIR "/scenarios/published/skylake-112.json";

Calibration calibrated(const CalibrateOptions& options = {}) {
  Calibration c;
  with_bare_simulator([&](Simulator& s) { c = calibrate(kSkylake, options, s); });
  return c;
}

const FoundParameter& found(const Calibration& c, const std::string& name) {
  for (const FoundParameter& p : c.parameters)
    if (p.parameter.name == name) return p;
  throw std::runtime_error("no parameter " + name);
}

class Skylake : public testing::Test {
 protected:
  static void SetUpTestSuite() { c_ = new Calibration(calibrated()); }
  static void TearDownTestSuite() { delete c_; }
  static const Calibration& c() { return *c_; }

 private:
  static Calibration* c_;
};
Calibration* Skylake::c_ = nullptr;

TEST_F(Skylake, EveryRowIsWithinItsTolerance) {
  int fitted = 0;
  for (const CalibratedFigure& f : c().figures) {
    EXPECT_TRUE(f.residual.ok()) << figure_name(f.residual) << ": " << f.residual.permille();
    fitted += f.use == FigureUse::Fitted ? 1 : 0;
  }
  EXPECT_EQ(fitted, 20);
  EXPECT_TRUE(c().ok());
}

TEST_F(Skylake, TheProfileFittedByHandIsInAllIntervals) {
  for (const FoundParameter& p : c().parameters) {
    EXPECT_LE(p.from, p.parameter.filed) << p.parameter.name;
    EXPECT_GE(p.to, p.parameter.filed) << p.parameter.name;
    EXPECT_LE(p.from, p.value);
    EXPECT_GE(p.to, p.value);
  }
}

TEST_F(Skylake, OnlyTheSumOfThreeIsFixed) {
  Ns sum{};
  for (const char* name : {"alive of primaries", "microcode of primaries", "callin of primaries"}) {
    EXPECT_EQ(found(c(), name).fixed, Fixed::Together) << name;
    sum += found(c(), name).value;
  }
  EXPECT_NEAR(static_cast<double>(sum.v), 11'490'000, 100'000);
  EXPECT_EQ(found(c(), "alive, first CPU of the second socket").fixed, Fixed::Weakly);
  EXPECT_THAT(c().remarks, testing::ElementsAre(testing::HasSubstr("hardly fix alive, first CPU"),
                                                testing::HasSubstr("they fix only the sum, 11.")));
  EXPECT_EQ(c().combinations, 11u);
}

TEST_F(Skylake, TheSameQuestionHasTheSameAnswer) {
  EXPECT_EQ(calibration_json(calibrated(), {}), calibration_json(c(), {}));
}

TEST_F(Skylake, IsShownInTheValidationPage) {
  std::string text = parameter_table(c().parameters) + '\n';
  for (const std::string& remark : c().remarks) text += "- " + remark + '\n';
  test::expect_section("docs/validation.md", "calibration: skylake-112", text);
}

/// Rows C and H are the whole machine; D to G are parts of it, some of them of other boots.
TEST(SkylakeHoldOut, ParallelBootIsPredicted) {
  const Calibration c = calibrated({.hold_out = {"C", "H"}, .intervals = false});
  int predicted = 0;
  for (const CalibratedFigure& f : c.figures) {
    if (f.use != FigureUse::HeldOut) continue;
    ++predicted;
    EXPECT_THAT(f.open, testing::IsEmpty()) << figure_name(f.residual);
    EXPECT_TRUE(f.residual.ok()) << figure_name(f.residual) << ": " << f.residual.permille();
    EXPECT_LT(f.uncertainty, 2 * *f.residual.tolerance);
  }
  EXPECT_EQ(predicted, 5);
  EXPECT_TRUE(c.ok());
}

/// Nothing else tells how long the calibration of the delay loop takes.
TEST(SkylakeHoldOut, ARowThatAloneFixesAParameterIsNotPredicted) {
  const Calibration c = calibrated({.hold_out = {"A"}, .intervals = false});
  EXPECT_EQ(found(c, "calibrate").fixed, Fixed::Not);
  EXPECT_THAT(c.remarks, testing::Contains(testing::HasSubstr("No row fixes calibrate")));
  for (const CalibratedFigure& f : c.figures)
    EXPECT_EQ(f.open.empty(), f.residual.id != "A" || f.use != FigureUse::HeldOut);
  EXPECT_TRUE(c.ok()) << "a figure that can't be predicted is not a wrong prediction";
}

}  // namespace
}  // namespace cpuhp

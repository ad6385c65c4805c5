// cpuhp-sim schema: prints the formats of scenarios, tables and cost profiles.
#include "sim/scenario/schema.hpp"

#include <algorithm>
#include <memory>

#include "sim/cli/command.hpp"
#include "sim/cli/option_values.hpp"
#include "sim/error.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp::cli {
namespace {

struct SchemaOptions {
  std::string what = "scenario";
  bool page = false;
};

int execute_schema(const SchemaOptions& o) {
  const std::vector<std::string> formats = file_formats();
  if (std::find(formats.begin(), formats.end(), o.what) == formats.end())
    throw BadInput{
        {.message = "schema: unknown format \"" + o.what + "\", expected " + listed(formats),
         .suggestion = nearest(o.what, formats)}};
  print(o.page ? format_reference(o.what) : format_schema(o.what));
  return kFine;
}

}  // namespace

Command add_schema(CLI::App& program) {
  auto o = std::make_shared<SchemaOptions>();
  CLI::App* const app =
      program.add_subcommand("schema", "Print the JSON Schema of a file format, for editors");
  offer(app->add_option("FORMAT", o->what, "File format: scenario, table, costs or published")
            ->type_name("")
            ->capture_default_str(),
        file_formats());
  app->add_flag("--page", o->page, "Print the reference page (Markdown) in place of the schema");
  app->footer(
      "Examples:\n"
      "  cpuhp-sim schema\n"
      "  cpuhp-sim schema costs\n"
      "  cpuhp-sim schema table --page");
  return {app, [o] { return execute_schema(*o); }};
}

}  // namespace cpuhp::cli

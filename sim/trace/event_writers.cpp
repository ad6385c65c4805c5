#include "sim/trace/event_writers.hpp"

#include "sim/trace/quoted_names.hpp"

namespace cpuhp {
namespace {

std::string csv_quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

/// Returns the CPU's number; -1 for no CPU.
std::int64_t number(CpuId cpu) { return cpu == kNoCpu ? -1 : std::int64_t{cpu}; }

}  // namespace

void write_jsonl(std::ostream& out, const TraceHeader& header, const EventStream& stream) {
  const std::vector<std::string> names = json_quoted_names(stream.names);
  BlockWriter lines(out);
  lines.add(
      "{{\"version\":1,\"format\":\"cpuhp-sim events\",\"scenario\":{},\"design\":{},\"seed\":{},"
      "\"cpus\":{},\"events\":{},\"digest\":{}}}\n",
      json_quoted(header.scenario), json_quoted(header.design), header.seed, stream.nr_cpus,
      stream.events.size(), json_quoted(header.digest));
  for (const Event& e : stream.events)
    lines.add(
        "{{\"time_ns\":{},\"kind\":\"{}\",\"cpu\":{},\"on\":{},\"role\":\"{}\",\"step\":{},"
        "\"value\":{},\"ret\":{},\"instance\":{},\"name\":{}}}\n",
        e.time.v, to_string(e.kind), number(e.cpu), number(e.on), to_string(e.role), e.step,
        e.value, e.ret, e.instance, names[e.name]);
}

void write_csv(std::ostream& out, const EventStream& stream) {
  BlockWriter lines(out);
  lines.add("time_ns,kind,cpu,on,role,step,value,ret,instance,name\n");
  std::vector<std::string> names;
  for (NameId id = 0; id < stream.names.size(); ++id) names.push_back(csv_quoted(stream.names[id]));
  for (const Event& e : stream.events)
    lines.add("{},{},{},{},{},{},{},{},{},{}\n", e.time.v, to_string(e.kind), number(e.cpu),
              number(e.on), to_string(e.role), e.step, e.value, e.ret, e.instance, names[e.name]);
}

}  // namespace cpuhp

#include "sim/trace/event_writers.hpp"

#include <spdlog/fmt/fmt.h>

#include <iterator>
#include <ostream>

#include "sim/trace/quoted_names.hpp"

namespace cpuhp {
namespace {

/// Collects lines and writes them to the stream in large blocks, because many small writes are
/// slow.
class Lines {
 public:
  explicit Lines(std::ostream& out) : out_(out) {}
  ~Lines() { flush(); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(buffer_), format, std::forward<Args>(args)...);
    if (buffer_.size() > 60'000) flush();
  }

 private:
  void flush() {
    out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
  }
  std::ostream& out_;
  fmt::memory_buffer buffer_;
};

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
  Lines lines(out);
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
  Lines lines(out);
  lines.add("time_ns,kind,cpu,on,role,step,value,ret,instance,name\n");
  std::vector<std::string> names;
  for (NameId id = 0; id < stream.names.size(); ++id) names.push_back(csv_quoted(stream.names[id]));
  for (const Event& e : stream.events)
    lines.add("{},{},{},{},{},{},{},{},{},{}\n", e.time.v, to_string(e.kind), number(e.cpu),
              number(e.on), to_string(e.role), e.step, e.value, e.ret, e.instance, names[e.name]);
}

}  // namespace cpuhp

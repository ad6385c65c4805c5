#include "sim/report/chain_text.hpp"

#include <algorithm>
#include <array>

#include "sim/report/json_text.hpp"

namespace cpuhp {
namespace {

/// For each LinkKind, what stands before the name of the link.
constexpr std::array<const char*, kLinkKinds> kPrefixes{
    "",       "",       "",          "", "wake-up: ", "spin exit: ", "interrupt: ",
    "poll: ", "wait: ", "stopped: ", "", ""};

std::string kind_words(LinkKind kind, const std::string& what) {
  if (kind == LinkKind::Untraced) return "nothing traced";
  if (kind == LinkKind::Pause) return "between operations";
  if (kind == LinkKind::Core && what.empty()) return "hotplug core or a pause";
  if (kind == LinkKind::Hardware) return what + (what == "alive" ? " (hardware)" : " (untraced)");
  return kPrefixes[static_cast<std::size_t>(kind)] + what;
}

}  // namespace

std::string_view direction_word(Direction direction) {
  return direction == Direction::Up ? "up" : "down";
}

std::string clipped(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 2) + "..";
}

std::string clipped_lines(const std::string& text, std::size_t width) {
  std::string all;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    all += clipped(text.substr(begin, end - begin), width) + '\n';
    begin = end + 1;
  }
  return all;
}

std::string link_text(const ChainLink& link) {
  std::string text = kind_words(link.kind, link.what);
  if (link.kind == LinkKind::Step && link.direction == Direction::Down) text += " down";
  return text;
}

std::string share_text(const ChainShare& share) { return kind_words(share.kind, share.what); }

nlohmann::ordered_json chain_json(const CriticalChain& chain, CpuId boot_cpu) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ChainLink& link : chain.links) {
    nlohmann::ordered_json one{{"begin_ns", link.begin.v},     {"duration_ns", link.duration.v},
                               {"kind", to_string(link.kind)}, {"what", link.what},
                               {"on", cpu_json(link.on)},      {"role", to_string(link.role)},
                               {"who", who(link, boot_cpu)},   {"cpu", cpu_json(link.cpu)}};
    if (link.kind == LinkKind::Step) {
      one["step"] = link.step;
      one["direction"] = direction_word(link.direction);
      one["symbol"] = link.symbol;
    }
    if (link.waited > Ns{}) one["waited_ns"] = link.waited.v;
    one["why"] = link.why;
    list.push_back(std::move(one));
  }
  return list;
}

nlohmann::ordered_json shares_json(const CriticalChain& chain, CpuId boot_cpu) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ChainShare& share : shares(chain, boot_cpu))
    list.push_back({{"kind", to_string(share.kind)},
                    {"what", share.what},
                    {"on_control_cpu", share.control},
                    {"sum_ns", share.sum.v},
                    {"links", share.links},
                    {"largest_ns", share.largest.v},
                    {"largest_cpu", cpu_json(share.largest_cpu)}});
  return list;
}

}  // namespace cpuhp

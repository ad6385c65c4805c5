#include "sim/live/uevents.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace cpuhp {
namespace {

constexpr unsigned short kType = NLMSG_MIN_TYPE;

}  // namespace

/// Sends a message. The host kernel's uevent_net_rcv() forwards it if the sender is privileged, and
/// adds its own SEQNUM.
void Uevents::send(CpuId cpu, const std::string& action) const {
  const std::string path = "/devices/system/cpu/cpu" + std::to_string(cpu);
  std::string text;
  for (const std::string& line : {action + '@' + path, "ACTION=" + action, "DEVPATH=" + path,
                                  std::string("SUBSYSTEM=cpu"), std::string("DRIVER=processor")})
    text += line + '\0';
  std::vector<char> message(NLMSG_SPACE(text.size()));
  nlmsghdr head{};
  head.nlmsg_len = static_cast<unsigned>(NLMSG_LENGTH(text.size()));
  head.nlmsg_type = kType;
  head.nlmsg_flags = NLM_F_REQUEST;
  std::memcpy(message.data(), &head, sizeof head);
  std::memcpy(message.data() + NLMSG_HDRLEN, text.data(), text.size());
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ::sendto(socket_, message.data(), head.nlmsg_len, 0, reinterpret_cast<const sockaddr*>(&kernel),
           sizeof kernel);
}

void Uevents::tell(const Session& session) {
  std::vector<Event> told;
  const std::vector<CpuLog>& logs = session.logs();
  seen_.resize(logs.size());
  for (std::size_t cpu = 0; cpu < logs.size(); ++cpu) {
    const std::size_t size = logs[cpu].size();
    for (std::size_t i = std::min(seen_[cpu], size); i < size; ++i)
      if (logs[cpu][i].kind == EventKind::Uevent) told.push_back(logs[cpu][i]);
    seen_[cpu] = size;
  }
  std::stable_sort(told.begin(), told.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  for (const Event& e : told) send(e.cpu, session.machine().core.names[e.name]);
}

}  // namespace cpuhp

#include "sim/scenario/errno_names.hpp"

#include <array>
#include <utility>

namespace cpuhp {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 48> kErrnos{{
    {1, "EPERM"},       {2, "ENOENT"},     {3, "ESRCH"},         {4, "EINTR"},
    {5, "EIO"},         {6, "ENXIO"},      {7, "E2BIG"},         {8, "ENOEXEC"},
    {9, "EBADF"},       {10, "ECHILD"},    {11, "EAGAIN"},       {12, "ENOMEM"},
    {13, "EACCES"},     {14, "EFAULT"},    {15, "ENOTBLK"},      {16, "EBUSY"},
    {17, "EEXIST"},     {18, "EXDEV"},     {19, "ENODEV"},       {20, "ENOTDIR"},
    {21, "EISDIR"},     {22, "EINVAL"},    {23, "ENFILE"},       {24, "EMFILE"},
    {25, "ENOTTY"},     {26, "ETXTBSY"},   {27, "EFBIG"},        {28, "ENOSPC"},
    {29, "ESPIPE"},     {30, "EROFS"},     {31, "EMLINK"},       {32, "EPIPE"},
    {33, "EDOM"},       {34, "ERANGE"},    {35, "EDEADLK"},      {36, "ENAMETOOLONG"},
    {37, "ENOLCK"},     {38, "ENOSYS"},    {61, "ENODATA"},      {62, "ETIME"},
    {71, "EPROTO"},     {75, "EOVERFLOW"}, {84, "EILSEQ"},       {95, "EOPNOTSUPP"},
    {110, "ETIMEDOUT"}, {114, "EALREADY"}, {115, "EINPROGRESS"}, {125, "ECANCELED"},
}};

}  // namespace

std::optional<int> errno_by_name(std::string_view name) {
  for (const auto& [number, known] : kErrnos)
    if (known == name) return number;
  return std::nullopt;
}

std::string_view errno_name(int number) {
  for (const auto& [known, name] : kErrnos)
    if (known == number) return name;
  return {};
}

std::vector<std::string> errno_names() {
  std::vector<std::string> names;
  for (const auto& [number, name] : kErrnos) names.emplace_back(name);
  return names;
}

}  // namespace cpuhp

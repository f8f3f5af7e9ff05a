// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Guard pages, fault handling and the floating-point control register.
#include "camber/Harness/Guard.h"
#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#include <ucontext.h>
#endif

namespace camber::harness {

// Buffers are made and freed between calls, never during one, so that a fault may read this without a lock.
static std::vector<const GuardedBuffer *> &liveBuffers() {
  static std::vector<const GuardedBuffer *> buffers;
  return buffers;
}

uint32_t signallingNan(Element element) {
  // Exponent all ones, the fraction's top bit clear, the fraction not zero.
  switch (element) {
  case Element::F16:
    return 0x7d5a7d5a;
  case Element::BF16:
    return 0x7fa57fa5;
  case Element::F32:
  case Element::I32:
    break; // as an integer it is absurdly large, which serves as well
  }
  return 0x7fa5a5a5;
}

Result<std::unique_ptr<GuardedBuffer>> GuardedBuffer::allocate(const std::string &name, size_t bytes, Element element,
                                                               Flush flush, size_t alignment) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  std::unique_ptr<GuardedBuffer> buffer(new GuardedBuffer);
  buffer->name = name;
  buffer->length = bytes;
  buffer->width = static_cast<size_t>(elementBytes(element));
  buffer->bodyBytes = std::max<size_t>((rounded + page - 1) / page, 1) * page;
  buffer->mappingBytes = buffer->bodyBytes + 2 * page;
  void *mapping = mmap(nullptr, buffer->mappingBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED)
    return Failure{"out of memory: " + std::to_string(bytes) + " bytes for '" + name + "'"};
  buffer->mapping = static_cast<char *>(mapping);
  buffer->body = buffer->mapping + page;
  if (mprotect(buffer->body, buffer->bodyBytes, PROT_READ | PROT_WRITE) != 0)
    return Failure{"out of memory: " + std::to_string(bytes) + " bytes for '" + name + "'"};
  buffer->start = flush == Flush::End ? buffer->body + buffer->bodyBytes - rounded : buffer->body;
  buffer->filling = signallingNan(element);
  for (size_t i = 0; i < buffer->bodyBytes; i += sizeof(buffer->filling))
    std::memcpy(buffer->body + i, &buffer->filling, sizeof(buffer->filling));
  liveBuffers().push_back(buffer.get());
  return buffer;
}

GuardedBuffer::~GuardedBuffer() {
  auto &live = liveBuffers();
  live.erase(std::remove(live.begin(), live.end(), this), live.end());
  if (mapping)
    munmap(mapping, mappingBytes);
}

void GuardedBuffer::setWritable(bool writable) {
  mprotect(body, bodyBytes, writable ? PROT_READ | PROT_WRITE : PROT_READ);
}

bool GuardedBuffer::isFilling(size_t offset) const {
  // Elements of two bytes are half of the pattern, whose halves are equal; elements of four are at multiples of four.
  return std::memcmp(start + offset, &filling, width) == 0;
}

bool GuardedBuffer::slackIntact() const {
  const auto intact = [&](const char *from, const char *to) {
    for (const char *at = from; at < to; ++at)
      if (*at != reinterpret_cast<const char *>(&filling)[(at - body) % sizeof(filling)])
        return false;
    return true;
  };
  return intact(body, start) && intact(start + length, body + bodyBytes);
}

std::string describeAddress(const void *address, bool write) {
  const char *at = static_cast<const char *>(address);
  const std::string verb = write ? "wrote" : "accessed memory";
  for (const GuardedBuffer *buffer : liveBuffers()) {
    if (at < buffer->mapping || at >= buffer->mapping + buffer->mappingBytes)
      continue;
    const std::string name = "'" + buffer->name + "'";
    if (at < buffer->start)
      return verb + " before the start of " + name + " (by " + std::to_string(buffer->start - at) + " bytes)";
    if (at >= buffer->start + buffer->length)
      return verb + " past the end of " + name + " (by " + std::to_string(at - (buffer->start + buffer->length) + 1) +
             " bytes)";
    return "wrote to " + name + ", which it may only read";
  }
  return verb + " outside every operand and workspace";
}

namespace {

/// Sent by a call's timer to the thread that makes the call.
const int kTimeLimit = SIGRTMIN + 3;

struct Recovery {
  sigjmp_buf jump;
  int signal = 0;
  const void *address = nullptr;
  bool write = false;
};
thread_local Recovery *recovery = nullptr;

void onFault(int signal, siginfo_t *info, void *context) {
  if (signal == kTimeLimit && (!recovery || info->si_value.sival_ptr != recovery))
    return; // the call ended just before
  if (!recovery) {
    // Not ours: the default action ends the program when the instruction runs again.
    std::signal(signal, SIG_DFL);
    return;
  }
  recovery->signal = signal;
  recovery->address = info->si_addr;
#if defined(__x86_64__)
  // Bit 1 of the page fault's error code.
  recovery->write = static_cast<ucontext_t *>(context)->uc_mcontext.gregs[REG_ERR] & 2;
#endif
  siglongjmp(recovery->jump, 1);
}

void installHandlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_sigaction = onFault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, kTimeLimit})
      sigaction(signal, &action, nullptr);
  });
}

/// A stack for the handler of each thread: the kernel may have used up its own.
struct AlternateStack {
  std::vector<char> memory = std::vector<char>(64 * 1024);
  stack_t previous{};
  AlternateStack() {
    stack_t stack{};
    stack.ss_sp = memory.data();
    stack.ss_size = memory.size();
    sigaltstack(&stack, &previous);
  }
  ~AlternateStack() { sigaltstack(&previous, nullptr); }
};

/// A timer that interrupts its own thread. Where the system has none there is no limit.
class TimeLimit {
public:
  TimeLimit(double seconds, Recovery *mine) {
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = kTimeLimit;
    event.sigev_value.sival_ptr = mine;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    if (!(seconds > 0) || timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
      return;
    armed = true;
    itimerspec limit{};
    limit.it_value.tv_sec = static_cast<time_t>(seconds);
    limit.it_value.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9) + 1;
    timer_settime(timer, 0, &limit, nullptr);
  }
  ~TimeLimit() {
    if (armed)
      timer_delete(timer);
  }

private:
  timer_t timer{};
  bool armed = false;
};

} // namespace

std::optional<std::string> catchFault(const std::function<void()> &body, double seconds, bool *timedOut) {
  installHandlers();
  thread_local AlternateStack stack;
  (void)stack;
  Recovery mine;
  Recovery *const outer = recovery;
  const TimeLimit limit(seconds, &mine);
  if (sigsetjmp(mine.jump, 1) == 0) {
    recovery = &mine;
    body();
    recovery = outer;
    return std::nullopt;
  }
  recovery = outer;
  if (mine.signal == kTimeLimit) {
    if (timedOut)
      *timedOut = true;
    return "kernel did not return within " + std::to_string(static_cast<int64_t>(std::ceil(seconds))) +
           " s of one call (--timeout sets the limit)";
  }
  switch (mine.signal) {
  case SIGILL:
    return "kernel used an instruction that this processor does not have";
  case SIGTRAP:
    return "kernel hit a trap instruction";
  case SIGFPE:
    return "kernel trapped on arithmetic";
  default:
    return "kernel touched memory outside its operands: it " + describeAddress(mine.address, mine.write);
  }
}

#if defined(__x86_64__)
// The six lowest bits are status flags, which any arithmetic sets.
uint64_t readFpControl() { return _mm_getcsr() & ~0x3fu; }
void writeFpControl(uint64_t value) { _mm_setcsr(static_cast<unsigned>(value)); }
uint64_t withFlushToZero(uint64_t value) { return value | 0x8000; }
#elif defined(__aarch64__)
uint64_t readFpControl() {
  uint64_t value;
  asm volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void writeFpControl(uint64_t value) { asm volatile("msr fpcr, %0" : : "r"(value)); }
uint64_t withFlushToZero(uint64_t value) { return value | uint64_t(1) << 24; }
#else
#error "the floating-point control register of this architecture is not known here"
#endif

} // namespace camber::harness

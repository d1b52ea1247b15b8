/// What hand-made scenes are made of: tasks, a clock, the events so far, and who listens to the verdicts.
#pragma once

#include "model/event.hpp"
#include "reconstruct/reconstruction.hpp"

#include <cerrno>
#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct::scene {

using namespace model;

inline constexpr std::uint64_t kUs = 1'000;
inline constexpr std::uint64_t kMs = 1'000'000;
inline constexpr std::uint64_t kSecond = 1'000'000'000;
inline constexpr std::uint64_t kStart = 10 * kSecond;

inline Address ipv4(std::uint8_t last, std::uint16_t port) { return {Family::kIpv4, {127, 0, 0, last}, port}; }

inline Actor task(std::string name, std::uint32_t pid, Syscall syscall = Syscall::kUnknown, std::uint32_t tid = 0) {
    Actor actor;
    actor.pid = pid;
    actor.tid = tid != 0 ? tid : pid;
    actor.comm = name;
    actor.name = std::move(name);
    actor.syscall = syscall;
    return actor;
}

inline Actor doing(Actor actor, Syscall syscall) {
    actor.syscall = syscall;
    return actor;
}

/// `wait_status`: as wait() has it; 9 is a death by SIGKILL, 3 << 8 an exit(3).
inline Actor dying(Actor actor, std::uint32_t wait_status) {
    actor.exiting = true;
    actor.exit_code = wait_status;
    return actor;
}

inline StackFrame frame_at(std::uint64_t address) {
    StackFrame frame;
    frame.address = address;
    return frame;
}

/// What was reported.
struct Reports {
    std::vector<Verdict> of(VerdictKind kind) const {
        std::vector<Verdict> found;
        for (const Verdict& verdict : verdicts)
            if (verdict.kind == kind) found.push_back(verdict);
        return found;
    }
    std::vector<Verdict> writes() const { return of(VerdictKind::kFailedWrite); }
    std::vector<Verdict> teardowns() const { return of(VerdictKind::kTeardown); }

    std::vector<Verdict> verdicts;
    std::vector<LostEvents> losses;
};

/// All rules that a verdict of this run was found by.
inline std::set<Rule>& rules_seen() {
    static std::set<Rule> seen;
    return seen;
}

/// Keeps what it is reported, and holds each verdict to what its rule may claim.
class Listener : public VerdictSink {
public:
    void verdict(Verdict&& verdict) override {
        rules_seen().insert(verdict.rule);
        const RuleFacts& facts = facts_of(verdict.rule);
        EXPECT_EQ(code_of(verdict.cause), code_of(facts.cause)) << facts.name;
        EXPECT_GE(verdict.confidence, facts.best) << facts.name << " may not claim this";
        for (const Reason& reason : verdict.why) {
            if (!facts.why || facts.why->code != reason.code) continue;
            EXPECT_GE(reason.confidence, facts.why->best) << facts.name << " may not claim this";
        }
        reported.verdicts.push_back(std::move(verdict));
    }
    void lost(const LostEvents& lost) override { reported.losses.push_back(lost); }
    void clock_set(const ClockSet& set) override { settings.push_back(set); }

    Reports reported;
    std::vector<ClockSet> settings;
};

/// What a verdict may claim as observed: about this process's write that got this error, or (error 0)
/// about the break of its connection.
struct Truth {
    std::uint32_t pid = 0;
    int error = 0;
    Cause cause = Cause::kUnknown;
    Confidence confidence = Confidence::kObserved; ///< when nothing is lost
    std::optional<PeerAct> act = {};
};

/// The events so far, and the clock.
class Scene {
public:
    explicit Scene(std::uint64_t start_ns = kStart) : now_ns_(start_ns) {}

    std::uint64_t now() const { return now_ns_; }
    Scene& after(std::uint64_t ns) {
        now_ns_ += ns;
        return *this;
    }
    Stamp stamp() {
        now_ns_ += 2 * kUs;
        return {{cpu, ++sequence}, now_ns_};
    }
    void add(Event event) { events.push_back(std::move(event)); }

    /// What is reported when all has come, whatever the time.
    Reports reported(const Selection& selection = {}, ReconstructionOptions options = {}) const {
        Listener listener;
        Reconstruction core(selection, listener, options);
        for (const Event& event : events) core.feed(event);
        core.finish();
        return std::move(listener.reported);
    }

    std::vector<Event> events;
    std::vector<Truth> truths;
    std::uint32_t cpu = 0;
    std::uint64_t sequence = 0;

private:
    std::uint64_t now_ns_;
};

} // namespace tcpblame::reconstruct::scene

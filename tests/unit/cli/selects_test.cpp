#include "cli/replay/merged_replay.hpp"

#include <gtest/gtest.h>

namespace tcpblame::cli {
namespace {

using namespace model;

/// orders-api (thread flusher) on 10.0.0.7:41822 → 10.0.0.9:5432.
Verdict verdict() {
    Verdict verdict;
    verdict.process = Process{};
    verdict.process->pid = 4242;
    verdict.process->comm = "flusher";
    verdict.process->name = "orders-api";
    verdict.process->cgroup = "/system.slice/orders.service";
    verdict.connection = ConnectionFacts{};
    verdict.connection->tuple.local = {Family::kIpv4, {10, 0, 0, 7}, 41822};
    verdict.connection->tuple.remote = {Family::kIpv4, {10, 0, 0, 9}, 5432};
    verdict.connection->netns = 4026531840;
    return verdict;
}

/// Of a pipe.
Verdict without_connection() {
    Verdict pipe = verdict();
    pipe.connection.reset();
    return pipe;
}

Verdict without_process() {
    Verdict unowned = verdict();
    unowned.process.reset();
    return unowned;
}

/// An empty selection but for what is set.
template <typename Set>
Selection selection(Set set) {
    Selection made;
    set(made);
    return made;
}

TEST(Selects, EverythingWhereNothingIsAskedFor) {
    EXPECT_TRUE(selects({}, verdict()));
    EXPECT_TRUE(selects({}, without_connection()));
    EXPECT_TRUE(selects({}, without_process()));
}

TEST(Selects, ByPid) {
    EXPECT_TRUE(selects(selection([](auto& s) { s.pids = {1, 4242}; }), verdict()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.pids = {1}; }), verdict()));
    EXPECT_TRUE(selects(selection([](auto& s) { s.pids = {4242}; }), without_connection()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.pids = {4242}; }), without_process()));
}

Verdict broken_by(std::uint32_t pid, const char* name) {
    Verdict broken = verdict();
    broken.peer = PeerAct{};
    broken.peer->process.pid = pid;
    broken.peer->process.name = name;
    return broken;
}

TEST(Selects, AsCulpritByTheProcessThatIsBlamed) {
    const auto of = [](std::uint32_t pid, Part part) {
        return selection([&](auto& s) {
            s.pids = {pid};
            s.as = part;
        });
    };
    EXPECT_TRUE(selects(of(77, Part::kCulprit), broken_by(77, "server")));
    EXPECT_TRUE(selects(of(77, Part::kBoth), broken_by(77, "server")));
    EXPECT_FALSE(selects(of(77, Part::kVictim), broken_by(77, "server")));
    EXPECT_FALSE(selects(of(4242, Part::kCulprit), broken_by(77, "server")));
    EXPECT_TRUE(selects(of(4242, Part::kBoth), broken_by(77, "server")));
    EXPECT_FALSE(selects(of(77, Part::kCulprit), verdict())) << "nobody is blamed";
    EXPECT_FALSE(selects(of(0, Part::kCulprit), broken_by(0, ""))) << "the act is no process's";
}

TEST(Selects, AsCulpritNotWhoWasOnlyAtTheOtherEnd) {
    Verdict broken = broken_by(77, "server");
    broken.peer->act = Act::kHeldOtherEnd;
    EXPECT_FALSE(selects(selection([](auto& s) {
                             s.pids = {77};
                             s.as = Part::kCulprit;
                         }),
                         broken));
}

TEST(Selects, AsCulpritByTheLocalPortOfItsOwnEnd) {
    const auto at = [](std::uint16_t port) {
        return selection([&](auto& s) {
            s.comms = {"server"};
            s.local_ports = {port};
            s.as = Part::kCulprit;
        });
    };
    EXPECT_TRUE(selects(at(5432), broken_by(77, "server")));
    EXPECT_FALSE(selects(at(41822), broken_by(77, "server")));
}

TEST(Selects, TheCoreReportsBothPartsOfARecordingWhereACulpritIsAskedFor) {
    RecordedRun run;
    run.selection.pids = {1};
    const Selection culprit = selection([](auto& s) {
        s.pids = {1};
        s.as = Part::kCulprit;
    });
    EXPECT_EQ(selection_for(run, culprit).as, Part::kBoth);
    EXPECT_EQ(selection_for(run, {}).as, std::nullopt);
    run.selection.as = Part::kCulprit;
    EXPECT_EQ(selection_for(run, {}).as, Part::kCulprit) << "as it was asked for then";
}

TEST(Selects, ByTheNameOfThreadOrProcess) {
    EXPECT_TRUE(selects(selection([](auto& s) { s.comms = {"flusher"}; }), verdict()));
    EXPECT_TRUE(selects(selection([](auto& s) { s.comms = {"orders-api"}; }), verdict()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.comms = {"orders"}; }), verdict()));
}

TEST(Selects, PidOrName) {
    const Selection either = selection([](auto& s) {
        s.pids = {1};
        s.comms = {"flusher"};
    });
    EXPECT_TRUE(selects(either, verdict()));
}

TEST(Selects, ByCgroupAndWhatIsBelow) {
    const auto by = [](const char* cgroup) { return selection([&](auto& s) { s.cgroups = {cgroup}; }); };
    EXPECT_TRUE(selects(by("/system.slice/orders.service"), verdict()));
    EXPECT_TRUE(selects(by("/system.slice"), verdict()));
    EXPECT_TRUE(selects(by("/system.slice/"), verdict()));
    EXPECT_TRUE(selects(by("/system.slice/orders.service/"), verdict())) << "as a shell completes it";
    EXPECT_TRUE(selects(by("/"), verdict()));
    EXPECT_FALSE(selects(by("/system.slice/orders"), verdict())) << "another one's name begins so";
    EXPECT_FALSE(selects(by("/user.slice"), verdict()));
    Verdict unknown = verdict();
    unknown.process->cgroup = "";
    EXPECT_FALSE(selects(by("/"), unknown));
}

TEST(Selects, ByCgroupAloneDoesNotLetOthersThrough) {
    const Selection elsewhere = selection([](auto& s) {
        s.cgroups = {"/user.slice"};
        s.pids = {1};
    });
    EXPECT_FALSE(selects(elsewhere, verdict()));
}

TEST(Selects, ByPort) {
    EXPECT_TRUE(selects(selection([](auto& s) { s.ports = {5432}; }), verdict()));
    EXPECT_TRUE(selects(selection([](auto& s) { s.ports = {41822}; }), verdict()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.ports = {80}; }), verdict()));
    EXPECT_TRUE(selects(selection([](auto& s) { s.local_ports = {41822}; }), verdict()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.local_ports = {5432}; }), verdict()));
    EXPECT_TRUE(selects(selection([](auto& s) { s.remote_ports = {5432}; }), verdict()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.remote_ports = {41822}; }), verdict()));
}

TEST(Selects, ByFamilyAndNetworkNamespace) {
    EXPECT_TRUE(selects(selection([](auto& s) { s.ipv6 = false; }), verdict()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.ipv4 = false; }), verdict()));
    EXPECT_TRUE(selects(selection([](auto& s) { s.netns = {4026531840}; }), verdict()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.netns = {4026531841}; }), verdict()));
}

TEST(Selects, NoPipeWhereAConnectionIsMeant) {
    EXPECT_FALSE(selects(selection([](auto& s) { s.ports = {5432}; }), without_connection()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.ipv6 = false; }), without_connection()));
    EXPECT_FALSE(selects(selection([](auto& s) { s.netns = {4026531840}; }), without_connection()));
}

TEST(Selects, WhatPassesEveryFilterOnly) {
    const auto of = [](std::uint32_t pid, std::uint16_t port) {
        return selection([&](auto& s) {
            s.pids = {pid};
            s.ports = {port};
        });
    };
    EXPECT_TRUE(selects(of(4242, 5432), verdict()));
    EXPECT_FALSE(selects(of(4242, 80), verdict()));
    EXPECT_FALSE(selects(of(1, 5432), verdict()));
}

} // namespace
} // namespace tcpblame::cli

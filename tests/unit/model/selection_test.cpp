#include "model/selection.hpp"

#include <gtest/gtest.h>

namespace tcpblame::model {
namespace {

Tuple connection(std::uint16_t local_port, std::uint16_t remote_port, Family family = Family::kIpv4) {
    return {{family, {10, 0, 0, 7}, local_port}, {family, {10, 0, 0, 9}, remote_port}};
}

TEST(Selection, LetsAllThroughWhereNothingIsAskedFor) {
    const Selection all;
    EXPECT_TRUE(all.passes(connection(1, 2)));
    EXPECT_TRUE(all.passes(connection(1, 2, Family::kIpv6)));
    EXPECT_TRUE(all.passes(4242, "a", "b"));
    EXPECT_TRUE(all.passes_portless());
    EXPECT_FALSE(all.by_process());
    EXPECT_FALSE(all.by_port());
}

TEST(Selection, TakesAPortOfEitherEnd) {
    Selection selection;
    selection.ports = {80, 5432};
    EXPECT_TRUE(selection.passes(connection(5432, 9)));
    EXPECT_TRUE(selection.passes(connection(9, 5432)));
    EXPECT_TRUE(selection.passes(connection(9, 80)));
    EXPECT_FALSE(selection.passes(connection(9, 10)));
}

TEST(Selection, ReportsTheLocalPortFromTheRemoteOne) {
    Selection local;
    local.local_ports = {5432};
    EXPECT_TRUE(local.passes(connection(5432, 9)));
    EXPECT_FALSE(local.passes(connection(9, 5432)));
    Selection remote;
    remote.remote_ports = {5432};
    EXPECT_TRUE(remote.passes(connection(9, 5432)));
    EXPECT_FALSE(remote.passes(connection(5432, 9)));
}

Prefix of_ten(std::uint8_t last, std::uint8_t length) { return prefix_of({Family::kIpv4, {10, 0, 0, last}}, length); }

TEST(Selection, TakesAHostOfEitherEnd) {
    Selection selection;
    selection.hosts = {of_ten(1, 32), of_ten(9, 32)};
    EXPECT_TRUE(selection.passes(connection(1, 2)));
    EXPECT_TRUE(selection.passes(connection(1, 2).swapped()));
    selection.hosts = {of_ten(8, 32)};
    EXPECT_FALSE(selection.passes(connection(1, 2)));
    EXPECT_FALSE(selection.passes_portless());
}

TEST(Selection, TakesTheHostsOfANetworkOfTheSameFamily) {
    Selection selection;
    selection.hosts = {of_ten(8, 29)};
    EXPECT_TRUE(selection.passes(connection(1, 2)));
    EXPECT_FALSE(selection.passes({{Family::kIpv4, {10, 0, 0, 7}, 1}, {Family::kIpv4, {10, 0, 0, 16}, 2}}));
    selection.hosts = {of_ten(0, 0)};
    EXPECT_TRUE(selection.passes(connection(1, 2)));
    EXPECT_FALSE(selection.passes(connection(1, 2, Family::kIpv6)));
    selection.hosts = {prefix_of({Family::kIpv6, {10, 0, 0, 9, 1}}, 31)};
    EXPECT_TRUE(selection.passes(connection(1, 2, Family::kIpv6)));
    EXPECT_FALSE(selection.passes(connection(1, 2)));
}

TEST(Selection, WantsAllItsPortListsToMatch) {
    Selection selection;
    selection.ports = {5432};
    selection.local_ports = {41822};
    EXPECT_TRUE(selection.passes(connection(41822, 5432)));
    EXPECT_FALSE(selection.passes(connection(41823, 5432)));
    EXPECT_FALSE(selection.passes(connection(41822, 5433)));
    selection.remote_ports = {5433};
    EXPECT_FALSE(selection.passes(connection(41822, 5432)));
}

TEST(Selection, ReportsTheFamiliesApart) {
    Selection selection;
    selection.ipv6 = false;
    EXPECT_TRUE(selection.passes(connection(1, 2)));
    EXPECT_FALSE(selection.passes(connection(1, 2, Family::kIpv6)));
    selection = {};
    selection.ipv4 = false;
    EXPECT_FALSE(selection.passes(connection(1, 2)));
    EXPECT_TRUE(selection.passes(connection(1, 2, Family::kIpv6)));
}

TEST(Selection, TakesAProcessByItsPidOrByAnyOfItsNames) {
    Selection selection;
    selection.pids = {7, 4242};
    selection.comms = {"flusher"};
    EXPECT_TRUE(selection.by_process());
    EXPECT_TRUE(selection.passes(4242, "x", "y"));
    EXPECT_TRUE(selection.passes(1, "flusher", "orders-api"));
    EXPECT_TRUE(selection.passes(1, "x", "flusher"));
    EXPECT_FALSE(selection.passes(1, "x", "y"));
    EXPECT_FALSE(selection.passes(1, "flush", "flusher2"));
}

TEST(Selection, LeavesOutWhatHasNoPortWhereAConnectionIsAskedFor) {
    for (std::vector<std::uint16_t> Selection::*list :
         {&Selection::ports, &Selection::local_ports, &Selection::remote_ports}) {
        Selection selection;
        selection.*list = {80};
        EXPECT_TRUE(selection.by_port());
        EXPECT_FALSE(selection.passes_portless());
    }
    for (bool Selection::*family : {&Selection::ipv4, &Selection::ipv6}) {
        Selection selection;
        selection.*family = false;
        EXPECT_FALSE(selection.passes_portless());
    }
    Selection by_pid;
    by_pid.pids = {1};
    EXPECT_TRUE(by_pid.passes_portless());
}

} // namespace
} // namespace tcpblame::model

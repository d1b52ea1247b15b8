#include "capture/attach.hpp"

#include "bpf/config.h" // the skeleton needs it
#include "capture/kernel_names.hpp"
#include "tcpblame.skel.h"

#include <algorithm>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

namespace tcpblame::capture {
namespace {

/// Keeps all its length and its relocations, but begins with what no verifier lets pass.
void spoil(bpf_program* program) {
    const bpf_insn* const before = bpf_program__insns(program);
    std::vector<bpf_insn> spoiled(before, before + bpf_program__insn_cnt(program));
    spoiled.front() = {};
    bpf_program__set_insns(program, spoiled.data(), spoiled.size());
}

const Hook& role_called(const std::string& name) {
    const auto all = hooks();
    return *std::find_if(all.begin(), all.end(), [&](const Hook& role) { return role.name == name; });
}

/// Which programs are attached, where the kernel refuses the first one of the first role.
class AttachingARefused : public testing::Test {
protected:
    Result<Attached> attach(const std::vector<const Hook*>& wanted) {
        keep_libbpf_quiet();
        const auto types = read_kernel_types();
        if (!types) return tl::unexpected(types.error());
        opened_ = 0;
        const auto open = [&]() -> Result<Skeleton> {
            ++opened_;
            Skeleton skeleton = open_skeleton();
            if (!only_together_)
                spoil(wanted.front()->candidates.front().programs.front().program(*skeleton));
            else if (opened_ == 1 || opened_ > kOneByOne)
                bpf_map__set_max_entries(skeleton->maps.sk_slots, 0); // the kernel makes no such map
            return skeleton;
        };
        return attach_hooks(open, {wanted, {}, false}, types->get());
    }

    int opened_ = 0;
    static constexpr int kOneByOne = 5; ///< all together, none, and each of three programs
    bool only_together_ = false;        ///< they are refused where all are loaded, and one by one they are not
};

TEST_F(AttachingARefused, LeavesOutThatOneAndLoadsTheOthersAtOnce) {
    if (geteuid() != 0) return; // it takes a privilege
    const auto attached =
        attach({&role_called("error-reported"), &role_called("process-exit"), &role_called("sigpipe")});
    ASSERT_TRUE(attached) << attached.error().what << ": " << attached.error().why;
    const std::vector<Attachment>& attachments = attached->attachments;
    ASSERT_EQ(attachments.size(), 3u);
    ASSERT_FALSE(attachments[0].refused.empty());
    EXPECT_THAT(attachments[0].refused.front().why, testing::HasSubstr("Invalid argument"));
    EXPECT_NE(attachments[1].chosen, nullptr);
    EXPECT_NE(attachments[2].chosen, nullptr);
    EXPECT_EQ(opened_, 2) << "one by one would be more";
}

/// To verify a program takes longer than all else that attaching does.
TEST(Attaching, LoadsWhatIsAttachedAndNothingElse) {
    if (geteuid() != 0) return;
    keep_libbpf_quiet();
    const auto types = read_kernel_types();
    ASSERT_TRUE(types);
    std::vector<const Hook*> roles;
    for (const Hook& role : hooks()) roles.push_back(&role);
    const KernelNames names = read_kernel_names(types->get());
    int opened = 0;
    const auto open = [&opened]() -> Result<Skeleton> {
        ++opened;
        return open_skeleton();
    };
    const auto attached = attach_hooks(open, {roles, {}, names.reset_has_reason, names.reset_has_packet}, types->get());
    ASSERT_TRUE(attached) << attached.error().what << ": " << attached.error().why;
    EXPECT_EQ(opened, 1);
    ASSERT_EQ(attached->attachments.size(), roles.size());
    std::set<const bpf_program*> wanted;
    for (const Attachment& attachment : attached->attachments) {
        if (attachment.chosen == nullptr) continue;
        for (const Program& program : attachment.chosen->programs) wanted.insert(program.program(*attached->skeleton));
        if (const auto& reentry = attachment.chosen->reentry_program)
            wanted.insert(reentry->program.program(*attached->skeleton));
    }
    bpf_program* program = nullptr;
    while ((program = bpf_object__next_program(attached->skeleton->obj, program)) != nullptr)
        EXPECT_EQ(bpf_program__fd(program) >= 0, wanted.contains(program)) << bpf_program__name(program);
}

TEST_F(AttachingARefused, GivesUpWhereEachLoadsAloneAndAllDoNot) {
    if (geteuid() != 0) return;
    only_together_ = true;
    const auto attached = attach({&role_called("error-reported"), &role_called("process-exit")});
    ASSERT_FALSE(attached);
    EXPECT_THAT(attached.error().what, testing::HasSubstr("refused the BPF programs"));
    EXPECT_EQ(opened_, kOneByOne) << "and does not begin again";
}

TEST_F(AttachingARefused, SaysWhatIsMissingWhereItIsRequired) {
    if (geteuid() != 0) return;
    const auto attached = attach({&role_called("state-change")});
    ASSERT_FALSE(attached);
    EXPECT_EQ(attached.error().code, ExitCode::kKernelCannot);
    EXPECT_THAT(attached.error().what, testing::HasSubstr("cannot attach to "));
}

} // namespace
} // namespace tcpblame::capture

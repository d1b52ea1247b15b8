/// A reader that is fed lives of connections, among so many that are only there.
#pragma once

#include "bench/counted_allocations.hpp"
#include "bench/lives.hpp"
#include "reconstruct/reconstruction.hpp"
#include "wire/decoder.hpp"

#include <cstdint>
#include <ctime>
#include <utility>
#include <vector>

namespace tcpblame::bench {

inline constexpr std::uint64_t kLivesATape = 4096;
inline constexpr std::uint64_t kLivesATick = 64;

class Counting : public reconstruct::VerdictSink {
public:
    void verdict(model::Verdict&& verdict) override {
        ++verdicts;
        if (kept != nullptr) kept->push_back(std::move(verdict));
    }
    void lost(const model::LostEvents& /*lost*/) override {}
    std::uint64_t verdicts = 0;
    std::vector<model::Verdict>* kept = nullptr;
};

inline double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Asks for nobody: nothing is reported.
inline model::Selection nobody() {
    model::Selection selection;
    selection.ports = {1};
    return selection;
}

/// A reader that is fed tape after tape.
class Reader {
public:
    explicit Reader(model::Selection selection) : core_(std::move(selection), sink_) {}

    /// Gives the seconds that it took.
    double read() {
        const std::uint64_t asked_before = bench::allocations();
        const double began = thread_seconds();
        tape_.play([this](wire::Frame frame) {
            if (auto event = wire::decode(frame)) core_.feed(std::move(*event));
        });
        const double took = thread_seconds() - began;
        asked_ += bench::allocations() - asked_before;
        frames_ += tape_.frames();
        tape_.clear();
        return took;
    }
    Lives& lives() { return lives_; }
    void give_back_tape() { tape_ = {}; }
    /// From here on verdicts are put there too.
    void keep_verdicts(std::vector<model::Verdict>& in) { sink_.kept = &in; }
    std::uint64_t frames() const { return frames_; }
    std::uint64_t verdicts() const { return sink_.verdicts; }
    std::uint64_t allocations() const { return asked_; } ///< in read() alone

private:
    Tape tape_;
    Lives lives_{tape_};
    Counting sink_;
    reconstruct::Reconstruction core_;
    std::uint64_t frames_ = 0;
    std::uint64_t asked_ = 0;
};

using Life = void (Lives::*)(std::uint64_t number);

/// A core that knows so many live connections (each has both its ends here); as one of them breaks, chosen by chance,
/// another is found.
class World {
public:
    World(model::Selection selection, std::uint64_t live, Life life, Life birth = &Lives::found)
        : reader_(std::move(selection)), life_(life), birth_(birth) {
        numbers_.reserve(live);
        while (numbers_.size() < live) {
            for (std::uint64_t i = 0; i < kLivesATape && numbers_.size() < live; ++i) {
                (reader_.lives().*birth_)(next_);
                numbers_.push_back(next_++);
            }
            reader_.lives().pass(1'000'000);
            reader_.lives().tick();
            reader_.read();
        }
        reader_.give_back_tape();
    }

    /// Until as many ended connections are remembered as always will be.
    void settle() {
        constexpr std::uint64_t kSettledLives = 200'000;
        for (std::uint64_t lives = 0; lives < kSettledLives; lives += kLivesATape) turn();
    }

    /// Some more lives; gives the seconds that reading them took.
    double turn() {
        live();
        return reader_.read();
    }
    /// The same lives, each so much later than the one before, for reader() to read.
    void live(std::uint64_t apart_ns = 0) {
        for (std::uint64_t i = 0; i < kLivesATape; ++i) {
            live_once();
            reader_.lives().pass(apart_ns);
            if (i % kLivesATick == 0) reader_.lives().tick();
        }
    }
    Reader& reader() { return reader_; }

private:
    void live_once() {
        if (numbers_.empty()) return (reader_.lives().*life_)(next_++);
        random_ = random_ * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
        std::uint64_t& number = numbers_[(random_ >> 33) % numbers_.size()];
        (reader_.lives().*life_)(number);
        (reader_.lives().*birth_)(next_);
        number = next_++;
    }

    Reader reader_;
    Life life_;
    Life birth_;
    std::vector<std::uint64_t> numbers_; ///< of the live ones
    std::uint64_t next_ = 0;
    std::uint64_t random_ = 1;
};

} // namespace tcpblame::bench

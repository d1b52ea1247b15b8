/// Batches that the engine has not taken yet, the earliest first; within a bound.
#pragma once

#include "store/batch.hpp"

#include <cstddef>
#include <deque>

namespace tcpblame::store {

class Backlog {
public:
    Backlog() = default;
    Backlog(const Backlog&) = delete;
    Backlog& operator=(const Backlog&) = delete;
    Backlog(Backlog&&) = delete;
    Backlog& operator=(Backlog&&) = delete;
    virtual ~Backlog() = default;

    /// False where it finds no room: what is there is kept.
    [[nodiscard]] virtual bool push(const Batch& batch) = 0;
    /// nullptr where there is none; until the next call.
    virtual const Batch* front() = 0;
    virtual void pop() = 0;
    /// Rows that wait.
    [[nodiscard]] virtual std::uint64_t rows() const = 0;
    /// They are there after a restart, too.
    [[nodiscard]] virtual bool lasts() const = 0;
};

class MemoryBacklog : public Backlog {
public:
    explicit MemoryBacklog(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    [[nodiscard]] bool push(const Batch& batch) override {
        if (bytes_ + batch.body.size() > most_bytes_) return false;
        bytes_ += batch.body.size();
        rows_ += batch.rows;
        batches_.push_back(batch);
        return true;
    }
    const Batch* front() override { return batches_.empty() ? nullptr : &batches_.front(); }
    void pop() override {
        bytes_ -= batches_.front().body.size();
        rows_ -= batches_.front().rows;
        batches_.pop_front();
    }
    [[nodiscard]] std::uint64_t rows() const override { return rows_; }
    [[nodiscard]] bool lasts() const override { return false; }

private:
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    std::uint64_t rows_ = 0;
    std::deque<Batch> batches_;
};

} // namespace tcpblame::store

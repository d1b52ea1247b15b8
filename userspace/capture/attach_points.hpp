/// What the kernel has of what programs are attached to. Asked before they are loaded: there one that is refused fails
/// the whole.
#pragma once

struct bpf_program;
struct btf;

namespace tcpblame::capture {

/// fentry or fexit.
bool is_trampoline(const bpf_program* program);
bool is_kprobe(const bpf_program* program);

/// By perf, or, where it has none, by tracefs: libbpf takes these two ways.
bool kprobes_are_there();

/// The function that a trampoline is for, in the kernel's BTF; not positive where there is none.
int function_of(const btf* kernel, const bpf_program* trampoline);

/// Does the kernel have what the program is to be attached to? An answer only for what libbpf looks up in BTF before
/// it loads anything.
bool has_target(const btf* kernel, const bpf_program* program);

/// What the kernel says to a program of two instructions at that function: 0, or a positive errno.
int try_trampoline(int function);

} // namespace tcpblame::capture

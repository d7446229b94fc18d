// Structure-aware mutation of programs in their byte form (properties/program/codec.h): records are
// inserted, deleted, copied, exchanged and changed as a whole, so that a mutant is a program near
// its parent and not one whose every operation has shifted.
//
// Pure functions: the result depends on the arguments only. They keep nothing and allocate nothing.
#ifndef IPC_HAMMER_FUZZ_MUTATOR_H_
#define IPC_HAMMER_FUZZ_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace ipc_hammer {

// Changes the first `size` bytes without knowing what they mean, to at most `size_max` bytes;
// returns the new size. LLVMFuzzerMutate is one.
using MutateBytes = std::size_t (*)(std::uint8_t* data, std::size_t size, std::size_t size_max);

// Mutates the program in the first `size` bytes of `data` in place and returns the new size, 1 to
// data.size(). Some of the time, and where there is no room for a header, `fallback` does it.
// REQUIRES: size <= data.size(), data is not empty.
std::size_t MutateProgram(std::span<std::uint8_t> data, std::size_t size, std::uint32_t seed,
                          MutateBytes fallback);

// Writes a child of two programs to `out` and returns its size, at most out.size(): the header of
// one of them, and runs of records of both in turns.
std::size_t CrossPrograms(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second,
                          std::span<std::uint8_t> out, std::uint32_t seed);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_FUZZ_MUTATOR_H_

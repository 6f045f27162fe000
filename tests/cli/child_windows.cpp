// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "child.hpp"

#include <windows.h>

#include <stdexcept>
#include <thread>
#include <utility>

namespace hsm::test {

namespace {

std::wstring wide(const std::string& text) {
    std::wstring result(text.size(), L'\0');
    const int size = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()),
                                           result.data(), static_cast<int>(result.size()));
    result.resize(static_cast<std::size_t>(size));
    return result;
}

/// A word as the run-time library of the child takes it apart again.
std::wstring quoted(const std::wstring& word) {
    std::wstring text = L"\"";
    std::size_t backslashes = 0;
    for (const wchar_t c : word) {
        if (c == L'"') text.append(backslashes + 1, L'\\');
        backslashes = c == L'\\' ? backslashes + 1 : 0;
        text.push_back(c);
    }
    return text.append(backslashes, L'\\') + L"\"";
}

struct Pipe {
    HANDLE read = nullptr, write = nullptr;
};

/// A pipe whose end \p ours does not go to the child.
Pipe make_pipe(HANDLE Pipe::*ours) {
    SECURITY_ATTRIBUTES inherit{sizeof inherit, nullptr, TRUE};
    Pipe pipe;
    if (::CreatePipe(&pipe.read, &pipe.write, &inherit, 0) == 0) throw std::runtime_error("no pipe");
    ::SetHandleInformation(pipe.*ours, HANDLE_FLAG_INHERIT, 0);
    return pipe;
}

std::string read_all(HANDLE from) {
    std::string all;
    char buffer[4096];
    DWORD count = 0;
    while (::ReadFile(from, buffer, sizeof buffer, &count, nullptr) != 0 && count > 0)
        all.append(buffer, count);
    return all;
}

/// Our environment with the changes, as a block for CreateProcess.
std::wstring environment_block(const std::map<std::string, std::string>& changes) {
    std::map<std::wstring, std::wstring> all;
    wchar_t* block = ::GetEnvironmentStringsW();
    for (const wchar_t* entry = block; *entry != 0; entry += std::wstring_view(entry).size() + 1) {
        const std::wstring_view text(entry);
        const auto equals = text.find(L'=', 1);
        if (equals != std::wstring_view::npos)
            all[std::wstring(text.substr(0, equals))] = std::wstring(text.substr(equals + 1));
    }
    ::FreeEnvironmentStringsW(block);
    for (const auto& [name, value] : changes) {
        if (value.empty())
            all.erase(wide(name));
        else
            all[wide(name)] = wide(value);
    }
    std::wstring result;
    for (const auto& [name, value] : all) (result += name + L"=" + value).push_back(0);
    result.push_back(0);
    return result;
}

} // namespace

ChildOutcome run_child(const ChildRequest& request) {
    auto input = make_pipe(&Pipe::write), output = make_pipe(&Pipe::read), error = make_pipe(&Pipe::read);
    STARTUPINFOW start{};
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = input.read;
    start.hStdOutput = output.write;
    start.hStdError = error.write;
    const auto program = std::filesystem::absolute(request.program).wstring();
    auto line = quoted(program);
    for (const auto& argument : request.arguments) line += L" " + quoted(wide(argument));
    auto environment = environment_block(request.environment);
    PROCESS_INFORMATION process{};
    if (::CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, TRUE,
                         DETACHED_PROCESS | CREATE_UNICODE_ENVIRONMENT, environment.data(),
                         std::filesystem::absolute(request.directory).wstring().c_str(), &start,
                         &process) == 0) {
        throw std::runtime_error("cannot start " + request.program.string());
    }
    for (const auto handle : {input.read, output.write, error.write}) ::CloseHandle(handle);
    ChildOutcome outcome;
    if (request.close_output) ::CloseHandle(std::exchange(output.read, nullptr));
    std::thread feed([&] {
        DWORD written = 0;
        if (!request.input.empty())
            ::WriteFile(input.write, request.input.data(), static_cast<DWORD>(request.input.size()), &written,
                        nullptr);
        ::CloseHandle(input.write);
    });
    std::thread errors([&] { outcome.err = read_all(error.read); });
    if (output.read != nullptr) outcome.out = read_all(output.read);
    feed.join();
    errors.join();
    ::WaitForSingleObject(process.hProcess, INFINITE);
    DWORD exit = 0;
    ::GetExitCodeProcess(process.hProcess, &exit);
    outcome.exit = static_cast<int>(exit);
    for (const auto handle : {output.read, error.read, process.hProcess, process.hThread}) {
        if (handle != nullptr) ::CloseHandle(handle);
    }
    return outcome;
}

bool give_to_nobody(const std::filesystem::path&) { return false; }
bool mount_small_disk(const std::filesystem::path&, const std::string&, bool) { return false; }
void unmount(const std::filesystem::path&) {}

} // namespace hsm::test

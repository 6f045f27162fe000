// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"

#include "console.hpp"
#include "version_text.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include <algorithm>
#include <map>

namespace hsm::tools {

namespace {

CommandFacts* described = nullptr;

/// -u: not an error, and not the whole help.
class UsageAsked : public CLI::Success {};

class Layout : public CLI::Formatter {
public:
    std::string make_usage(const CLI::App* app, std::string) const override { return usage(app) + "\n"; }

    std::string usage(const CLI::App* app) const {
        std::string line = "usage: " + app->get_description().substr(0, app->get_description().find('\n'));
        line += " [options]";
        for (const auto* option : app->get_options([](const auto* o) { return o->get_positional(); })) {
            line += " " + make_option_usage(option);
        }
        const auto verbs = app->get_subcommands([](const CLI::App*) { return true; });
        for (const auto* verb : verbs) {
            line += (verb == verbs.front() ? " " : "|") + verb->get_name();
        }
        return line;
    }

    // A description holds the shown name and the summary, in two lines.
    std::string make_description(const CLI::App* app) const override {
        return app->get_description().substr(app->get_description().find('\n') + 1) + "\n\n";
    }

    std::string make_subcommand(const CLI::App* verb) const override {
        std::stringstream out;
        CLI::detail::format_help(out, verb->get_name(),
                                 verb->get_description().substr(verb->get_description().find('\n') + 1),
                                 get_column_width());
        return out.str();
    }

    // "-m, --module", with the long names below each other.
    std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
        if (is_positional) return option->get_name(true);
        std::string names;
        for (const auto& name : option->get_snames()) names += (names.empty() ? "-" : ", -") + name;
        if (names.empty()) names = "    ";
        for (const auto& name : option->get_lnames()) names += (names == "    " ? "--" : ", --") + name;
        return names;
    }

    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_positional() || option->get_option_text().empty()
                   ? ""
                   : " " + option->get_option_text();
    }
};

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return escaped(text);
}

} // namespace

struct CommandLine::Tree {
    std::unique_ptr<CLI::App> owned;
    CLI::App* app = nullptr;
    std::string shown_name, summary, current_group = "Options", footer;
    std::vector<std::string> words;
    std::vector<std::unique_ptr<CommandLine>> verbs;
    std::map<const CLI::Option*, std::vector<std::string>> choices;

    CLI::Option* dress(CLI::Option* option, const char* placeholder) const {
        option->group(current_group)->option_text(placeholder);
        if (option->get_items_expected_max() == 1) option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
        return option;
    }

    void set_up() {
        app->description(shown_name + "\n" + summary);
        auto layout = std::make_shared<Layout>();
        layout->column_width(34);
        layout->label("Positionals", "Arguments");
        layout->label("Subcommands", "Commands");
        app->formatter(layout);
        app->option_defaults()->always_capture_default(false);
    }

    /// What every command has, last in its help.
    void add_help() {
        app->set_help_flag("-h,--help", "show this text and end")->group("Help");
        app->set_version_flag(
               "-v,--version", [this] { return version_text(shown_name); }, "show the version and end")
            ->group("Help");
        app->add_flag_callback(
               "-u,--usage", [] { throw UsageAsked(); }, "show a summary of the usage and end")
            ->group("Help");
    }

    [[nodiscard]] std::string usage() const {
        return dynamic_cast<const Layout&>(*app->get_formatter()).usage(app);
    }

    [[nodiscard]] std::string help() const {
        auto text = app->help();
        for (auto gap = text.find("\n\n\n"); gap != std::string::npos; gap = text.find("\n\n\n", gap))
            text.erase(gap, 1);
        return text;
    }

    [[nodiscard]] CommandFacts facts() const;
};

CommandFacts CommandLine::Tree::facts() const {
    CommandFacts facts{shown_name.substr(shown_name.rfind(' ') + 1), summary, {}, {}};
    for (const auto* option : app->get_options({})) {
        OptionFacts row;
        for (const auto& name : option->get_snames()) row.names.push_back("-" + name);
        for (const auto& name : option->get_lnames()) row.names.push_back("--" + name);
        row.placeholder = option->get_positional() ? option->get_name(true) : option->get_option_text();
        row.help = option->get_description();
        if (const auto found = choices.find(option); found != choices.end()) row.choices = found->second;
        facts.options.push_back(std::move(row));
    }
    for (const auto& verb : verbs) facts.verbs.push_back(verb->tree_->facts());
    return facts;
}

CommandLine::CommandLine(std::string shown_name, std::string summary, std::vector<std::string> words)
    : tree_(std::make_unique<Tree>()) {
    tree_->owned = std::make_unique<CLI::App>();
    tree_->app = tree_->owned.get();
    tree_->shown_name = std::move(shown_name);
    tree_->summary = std::move(summary);
    tree_->words = std::move(words);
    tree_->set_up();
}

CommandLine::CommandLine(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
CommandLine::~CommandLine() = default;

void CommandLine::group(const char* title) { tree_->current_group = title; }

void CommandLine::flag(const char* names, bool& to, const char* help) {
    tree_->dress(tree_->app->add_flag(names, to, help), "")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void CommandLine::value(const char* names, const char* placeholder, std::string& to, const char* help) {
    tree_->dress(tree_->app->add_option(names, to, help), placeholder);
}

void CommandLine::value(const char* names, const char* placeholder, std::optional<std::string>& to,
                        const char* help) {
    tree_->dress(tree_->app->add_option_function<std::string>(
                     names, [&to](const std::string& text) { to = text; }, help),
                 placeholder);
}

void CommandLine::value(const char* names, const char* placeholder, std::uint32_t& to, const char* help) {
    tree_->dress(tree_->app->add_option(names, to, help), placeholder);
}

void CommandLine::value(const char* names, const char* placeholder, std::optional<std::uint32_t>& to,
                        const char* help) {
    tree_->dress(tree_->app->add_option(names, to, help), placeholder);
}

void CommandLine::value(const char* names, const char* placeholder, std::optional<std::uint64_t>& to,
                        const char* help) {
    tree_->dress(tree_->app->add_option(names, to, help), placeholder);
}

void CommandLine::values(const char* names, const char* placeholder, std::vector<std::string>& to,
                         const char* help) {
    tree_->dress(tree_->app->add_option(names, to, help), placeholder)
        ->expected(1)
        ->delimiter(',')
        ->take_all();
}

void CommandLine::choice(const char* names, std::string& to, std::vector<std::string> choices,
                         const char* help) {
    auto* option = tree_->dress(tree_->app->add_option(names, to, help), "WORD");
    option->check([choices](const std::string& word) -> std::string {
        if (std::find(choices.begin(), choices.end(), word) != choices.end()) return {};
        return "\"" + word + "\" is none of " + CLI::detail::join(choices, ", ");
    });
    tree_->choices[option] = std::move(choices);
}

void CommandLine::argument(const char* name, std::string& to, const char* help, Need need) {
    tree_->app->add_option(name, to, help)->required(need == Need::required);
}

void CommandLine::arguments(const char* name, std::vector<std::string>& to, const char* help, Need need) {
    tree_->app->add_option(name, to, help)->required(need == Need::required);
}

void CommandLine::text(std::string footer) {
    tree_->footer += footer;
    tree_->app->footer(tree_->footer);
}

CommandLine& CommandLine::verb(const char* name, const char* summary) {
    auto tree = std::make_unique<Tree>();
    tree->app = tree_->app->add_subcommand(name, "");
    tree->app->group("Commands");
    tree->shown_name = tree_->shown_name + " " + name;
    tree->summary = summary;
    tree->set_up();
    tree_->app->require_subcommand(1);
    tree_->verbs.push_back(std::unique_ptr<CommandLine>(new CommandLine(std::move(tree))));
    return *tree_->verbs.back();
}

bool CommandLine::chosen() const { return tree_->app->parsed(); }

std::string CommandLine::usage() const { return tree_->usage(); }

void CommandLine::refuse(std::string message) const { throw UsageError(std::move(message), usage()); }

void CommandLine::describe_only(CommandFacts& facts) { described = &facts; }

void CommandLine::parse() {
    tree_->add_help();
    for (const auto& verb : tree_->verbs) verb->tree_->add_help();
    if (described != nullptr) {
        *described = tree_->facts();
        throw Finished{};
    }
    const CommandLine* meant = this; // the verb, once one was given
    const auto find_meant = [&] {
        for (const auto& verb : tree_->verbs) {
            if (verb->chosen()) meant = verb.get();
        }
    };
    try {
        auto reversed = tree_->words;
        std::reverse(reversed.begin(), reversed.end()); // CLI11 takes words from the back
        tree_->app->parse(std::move(reversed));
        find_meant();
        if (meant != this) set_program(meant->tree_->shown_name);
    } catch (const CLI::CallForHelp&) {
        find_meant();
        print("{}", meant->tree_->help());
        throw Finished{};
    } catch (const CLI::CallForVersion& version) {
        print("{}\n", version.what());
        throw Finished{};
    } catch (const UsageAsked&) {
        find_meant();
        print("{}\n", meant->usage());
        throw Finished{};
    } catch (const CLI::ParseError& error) {
        find_meant();
        if (meant != this) set_program(meant->tree_->shown_name);
        throw UsageError(one_line(error.what()), meant->usage());
    }
}

} // namespace hsm::tools

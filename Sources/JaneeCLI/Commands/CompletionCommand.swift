import ArgumentParser

struct CompletionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a script that completes commands in a shell",
        discussion: """
            EXAMPLES
              janee completion bash > ~/.local/share/bash-completion/completions/janee
              janee completion zsh > ~/.zsh/completions/_janee
              janee completion fish > ~/.config/fish/completions/janee.fish
            """
    )

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish

        var shell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "The shell.") var shell: Shell

    func run() async throws {
        StandardOutput.write(Array((JaneeCommand.completionScript(for: shell.shell) + "\n").utf8))
    }
}

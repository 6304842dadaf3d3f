//! Reads the fenced blocks of a Markdown page and says what each is for. It runs nothing.

use std::ops::RangeInclusive;

/// The README's commands, word for word: what a stranger types first.
const README_COMMANDS: [&str; 2] = ["cargo run --release -- serve", "cargo xtask test"];

/// Languages that are shown and not run.
const SHOWN: [&str; 14] = [
    "",
    "text",
    "json",
    "rust",
    "python",
    "javascript",
    "typescript",
    "csharp",
    "http",
    "yaml",
    "ini",
    "html",
    "mermaid",
    "diff",
];

/// A fenced block; the lines include both fences and count from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fence {
    pub(crate) info: String,
    pub(crate) lines: RangeInclusive<usize>,
    body: Vec<String>,
}

/// What a block is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Snippet {
    /// Commands with what they print.
    Console { with_server: bool, commands: Vec<ShownCommand> },
    /// A configuration file of the server.
    Configuration(String),
    /// A program that must end well.
    Script { language: Language, text: String },
    /// What the script above printed.
    Output(Vec<String>),
    /// Not run.
    Shown,
}

/// A command as a page shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ShownCommand {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) output: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    JavaScript,
    Rust,
}

/// A block that cannot be what it says it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) sentence: String,
    pub(crate) remedy: &'static str,
}

/// Whether the snippets of this page are run.
pub(crate) fn is_run(path: &str) -> bool {
    path == "README.md" || (path.starts_with("docs/guide/") && path.ends_with(".md"))
}

/// The fenced blocks of a page, in order. One that is never closed reaches to the end.
pub(crate) fn fences(text: &str) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut open: Option<(Fence, usize, usize)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.trim_start_matches(' ');
        let ticks = content.chars().take_while(|letter| *letter == '`').count();
        match open.take() {
            None if ticks >= 3 => {
                let info = content.trim_start_matches('`').trim().to_owned();
                let fence = Fence { info, lines: number..=number, body: Vec::new() };
                open = Some((fence, ticks, line.len() - content.len()));
            }
            None => {}
            Some((fence, opened, _)) if ticks >= opened && content.trim_end().len() == ticks => {
                fences.push(Fence { lines: *fence.lines.start()..=number, ..fence });
            }
            Some((mut fence, opened, indent)) => {
                let indented = line.chars().take(indent).all(|letter| letter == ' ');
                let body = if indented { line.chars().skip(indent).collect() } else { content.to_owned() };
                fence.body.push(body);
                fence.lines = *fence.lines.start()..=number;
                open = Some((fence, opened, indent));
            }
        }
    }
    fences.extend(open.map(|(fence, ..)| fence));
    fences
}

impl Snippet {
    /// What the block is for, from its info string.
    pub(crate) fn read(fence: &Fence) -> Result<Self, Fault> {
        let words: Vec<&str> = fence.info.split_whitespace().collect();
        match words.as_slice() {
            ["console"] => console(fence, true),
            ["console", "no-server"] => console(fence, false),
            ["toml"] => Ok(Self::Configuration(fence.text())),
            ["python", "run"] => Ok(Self::Script { language: Language::Python, text: fence.text() }),
            ["javascript", "run"] => Ok(Self::Script { language: Language::JavaScript, text: fence.text() }),
            ["rust", "run"] => Ok(Self::Script { language: Language::Rust, text: fence.text() }),
            ["text", "output"] => Ok(Self::Output(fence.body.clone())),
            // Of another program: its syntax is not ours to check.
            ["toml", "other"] => Ok(Self::Shown),
            ["sh", "readme-commands"] => readme_commands(fence),
            [language @ ("sh" | "bash" | "shell" | "zsh"), ..] => Err(Fault {
                sentence: format!("A `{language}` block is never run."),
                remedy: "use `console`: `$ ` before each command, what it prints below",
            }),
            [language] if SHOWN.contains(language) => Ok(Self::Shown),
            [] => Ok(Self::Shown),
            _ => Err(Fault {
                sentence: format!("The info string `{}` means nothing here.", fence.info),
                remedy: "the head of xtask/src/docs.rs lists those that do",
            }),
        }
    }
}

impl Fence {
    fn text(&self) -> String {
        self.body.iter().map(|line| format!("{line}\n")).collect()
    }
}

fn console(fence: &Fence, with_server: bool) -> Result<Snippet, Fault> {
    let mut commands: Vec<ShownCommand> = Vec::new();
    for (number, line) in (fence.lines.start() + 1..).zip(&fence.body) {
        if let Some(text) = line.strip_prefix("$ ") {
            commands.push(ShownCommand { line: number, text: text.to_owned(), output: Vec::new() });
            continue;
        }
        let Some(command) = commands.last_mut() else {
            return Err(Fault {
                sentence: "A `console` block that begins with output.".to_owned(),
                remedy: "begin it with `$ ` and the command that prints this",
            });
        };
        match line.strip_prefix('>') {
            Some(more) if command.output.is_empty() && (more.is_empty() || more.starts_with(' ')) => {
                command.text.push('\n');
                command.text.push_str(more.strip_prefix(' ').unwrap_or_default());
            }
            _ => command.output.push(line.clone()),
        }
    }
    Ok(Snippet::Console { with_server, commands })
}

fn readme_commands(fence: &Fence) -> Result<Snippet, Fault> {
    if fence.body == README_COMMANDS {
        return Ok(Snippet::Shown);
    }
    let sentence = format!("The README's commands are not `{}`.", README_COMMANDS.join("` and `"));
    Err(Fault { sentence, remedy: "write exactly these two lines" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippets(text: &str) -> Vec<Result<Snippet, Fault>> {
        fences(text).iter().map(Snippet::read).collect()
    }

    fn shown(line: usize, text: &str, output: &[&str]) -> ShownCommand {
        ShownCommand {
            line,
            text: text.to_owned(),
            output: output.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    #[test]
    fn a_console_block_is_commands_with_their_output() {
        let text = "# Title\n\n```console\n$ cat > a.toml <<'END'\n> x = 1\n>\n> END\n$ callsign resource list\ndefault\n> quoted\n```\n";
        let commands = vec![
            shown(4, "cat > a.toml <<'END'\nx = 1\n\nEND", &[]),
            shown(8, "callsign resource list", &["default", "> quoted"]),
        ];
        assert_eq!(snippets(text), [Ok(Snippet::Console { with_server: true, commands })]);
    }

    #[test]
    fn a_block_can_ask_for_no_server() {
        let commands = vec![shown(2, "callsign --version", &["callsign 0.1.0"])];
        assert_eq!(
            snippets("```console no-server\n$ callsign --version\ncallsign 0.1.0\n```\n"),
            [Ok(Snippet::Console { with_server: false, commands })]
        );
    }

    #[test]
    fn a_block_in_a_list_loses_its_indentation() {
        let found = fences("- a\n\n  ```toml\n  [log]\n    level = \"info\"\n  ```\n");
        assert_eq!(found.iter().map(Fence::text).collect::<Vec<_>>(), ["[log]\n  level = \"info\"\n"]);
        assert_eq!(found.iter().map(|fence| fence.lines.clone()).collect::<Vec<_>>(), [3..=6]);
    }

    #[test]
    fn a_longer_fence_can_hold_a_shorter_one() {
        let found = fences("````text\n```sh\nls\n```\n````\n");
        assert_eq!(found.iter().map(|fence| fence.info.as_str()).collect::<Vec<_>>(), ["text"]);
    }

    #[test]
    fn scripts_configurations_and_shown_blocks_are_told_apart() {
        let script = |language| Snippet::Script { language, text: "x\n".to_owned() };
        for (info, expected) in [
            ("python run", script(Language::Python)),
            ("javascript run", script(Language::JavaScript)),
            ("toml", Snippet::Configuration("x\n".to_owned())),
            ("text output", Snippet::Output(vec!["x".to_owned()])),
            ("toml other", Snippet::Shown),
            ("python", Snippet::Shown),
            ("", Snippet::Shown),
        ] {
            assert_eq!(snippets(&format!("```{info}\nx\n```\n")), [Ok(expected)], "{info}");
        }
    }

    #[test]
    fn blocks_that_would_rot_are_refused() {
        for info in ["sh", "bash", "shell", "consol", "python runs", "console noserver"] {
            assert!(snippets(&format!("```{info}\n$ x\n```\n")).iter().all(Result::is_err), "{info}");
        }
        assert!(snippets("```console\noutput\n```\n").iter().all(Result::is_err));
    }

    #[test]
    fn the_commands_of_the_readme_are_fixed() {
        let block = |body: &str| snippets(&format!("```sh readme-commands\n{body}```\n"));
        assert_eq!(block("cargo run --release -- serve\ncargo xtask test\n"), [Ok(Snippet::Shown)]);
        assert!(block("cargo run --release -- serve\ncargo test\n").iter().all(Result::is_err));
    }
}

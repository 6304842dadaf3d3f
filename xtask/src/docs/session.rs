//! One page: a fresh place, one shell, a server when a block wants one, and the verdict on each snippet.

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::comparison::agree;
use super::example;
use super::page::{self, Language, ShownCommand, Snippet};
use super::place::Place;
use super::shell::{Outcome, Shell};
use crate::server_process::{SERVE_ON_FREE_PORTS, ServerProcess, interrupt::Interrupt};

/// The addresses that pages show: the defaults of the server.
const SHOWN_HTTPS: &str = "localhost:8443";
const SHOWN_HTTP: [&str; 2] = ["127.0.0.1:8080", "localhost:8080"];
const SHOWN_METRICS: &str = "127.0.0.1:9464";

/// Flags of `callsign serve` that a page's server is started with when the page shows them.
const PASSED_ON: [&str; 3] = ["--dev-entra", "--connector", "--trusted-tokens"];

/// The run of one page. Dropping it ends the shell and the server.
pub(super) struct Session<'a> {
    shell: Shell<'a>,
    server: Option<ServerProcess>,
    binary: &'a Path,
    report: Report,
    last_printed: Vec<String>,
    /// Flags of the page's own `callsign serve` that change what the server is.
    serve_flags: Vec<&'static str>,
    // After the processes that use it, so that they end first.
    place: Place,
}

/// What became of a page.
#[derive(Default)]
pub(super) struct Report {
    path: String,
    commands: usize,
    configurations: usize,
    scripts: usize,
    pub(super) failures: Vec<String>,
}

impl<'a> Session<'a> {
    pub(super) fn start(root: &Path, binary: &'a Path, interrupt: &'a Interrupt) -> anyhow::Result<Self> {
        let place = Place::make(root, binary)?;
        let shell = Shell::start(&place, interrupt)?;
        Ok(Self {
            shell,
            server: None,
            binary,
            report: Report::default(),
            last_printed: Vec::new(),
            serve_flags: Vec::new(),
            place,
        })
    }

    /// Runs every snippet, in the order of the page.
    pub(super) fn run(mut self, path: &str, text: &str) -> anyhow::Result<Report> {
        path.clone_into(&mut self.report.path);
        self.serve_flags = serve_flags(text);
        for fence in page::fences(text) {
            let line = *fence.lines.start();
            match Snippet::read(&fence) {
                Err(fault) => self.fail(line, &format!("{} ({})", fault.sentence, fault.remedy), &[]),
                Ok(Snippet::Console { with_server, commands }) => self.console(with_server, &commands)?,
                Ok(Snippet::Configuration(text)) => self.configuration(line, &text)?,
                Ok(Snippet::Script { language, text }) => self.script(line, language, &text)?,
                Ok(Snippet::Output(shown)) => self.compare(line, "The block above", &shown),
                Ok(Snippet::Shown) => {}
            }
        }
        self.stop()?;
        Ok(self.report)
    }

    fn console(&mut self, with_server: bool, commands: &[ShownCommand]) -> anyhow::Result<()> {
        if with_server {
            self.serve()?;
        } else {
            self.stop()?;
        }
        for command in commands {
            self.report.commands += 1;
            if with_server && is_serve(&command.text) {
                self.compare_banner(command);
                continue;
            }
            let outcome = self.shell.run(&self.with_real_ports(&command.text))?;
            let fails_silently = !outcome.succeeded && outcome.lines.is_empty() && command.output.is_empty();
            self.last_printed = outcome.lines;
            if fails_silently {
                self.fail(command.line, &format!("`{}` fails.", command.text), &[]);
            } else {
                self.compare(command.line, &format!("`{}`", command.text), &command.output);
            }
        }
        Ok(())
    }

    fn configuration(&mut self, line: usize, text: &str) -> anyhow::Result<()> {
        self.report.configurations += 1;
        let file = self.write_script("toml", text)?;
        let outcome = self.shell.run(&format!("callsign config check --config '{}'", file.display()))?;
        self.must_succeed(line, "This configuration is refused", outcome);
        Ok(())
    }

    fn script(&mut self, line: usize, language: Language, text: &str) -> anyhow::Result<()> {
        self.report.scripts += 1;
        self.serve()?;
        let (extension, needed) = match language {
            Language::Python => ("py", self.place.python()),
            Language::JavaScript => ("js", self.place.javascript_dir().join("node_modules")),
            Language::Rust => return self.example(line, text),
        };
        if !needed.exists() {
            let sentence = "This script's packages are not installed; `cargo xtask test` installs them.";
            self.fail(line, sentence, &[]);
            return Ok(());
        }
        let file = self.write_script(extension, &self.with_real_ports(text))?;
        let run = match language {
            Language::Python | Language::Rust => format!("'{}' '{}'", needed.display(), file.display()),
            // From its input, so that packages are found from the folder that node stands in.
            Language::JavaScript => format!(
                "cd '{}' && NODE_PATH='{}' node --input-type={} - < '{}'",
                self.place.javascript_dir().display(),
                needed.display(),
                if text.contains("require(") { "commonjs" } else { "module" },
                file.display()
            ),
        };
        let outcome = self.shell.run(&format!("( eval \"$(callsign env)\" && {run} )"))?;
        self.must_succeed(line, "This script fails", outcome);
        Ok(())
    }

    fn example(&mut self, line: usize, text: &str) -> anyhow::Result<()> {
        let Some(example) = example::built(self.place.root(), text)? else {
            self.fail(line, "No example of the tree is this snippet, word for word.", &[]);
            return Ok(());
        };
        let outcome = self.shell.run(&format!("( eval \"$(callsign env)\" && '{}' )", example.display()))?;
        self.must_succeed(line, "This example fails", outcome);
        Ok(())
    }

    fn must_succeed(&mut self, line: usize, sentence: &str, outcome: Outcome) {
        if !outcome.succeeded {
            self.fail(line, &format!("{sentence}:"), &marked('+', &outcome.lines));
        }
        self.last_printed = outcome.lines;
    }

    fn compare(&mut self, line: usize, who: &str, shown: &[String]) {
        if !agree(shown, &self.last_printed, &self.place.data_dir().to_string_lossy()) {
            let mut details = marked('-', shown);
            details.extend(marked('+', &self.last_printed));
            self.fail(line, &format!("{who} prints something else (- the page, + the run):"), &details);
        }
    }

    /// The page may show the banner alone, or all that a first start prints.
    fn compare_banner(&mut self, command: &ShownCommand) {
        let Some(server) = &self.server else { return };
        let printed = server.addresses().printed().to_vec();
        let banner: Vec<String> =
            printed.iter().skip_while(|line| !line.starts_with("Callsign ")).cloned().collect();
        let data_dir = self.place.data_dir();
        let whole = agree(&command.output, &printed, &data_dir.to_string_lossy());
        self.last_printed = if whole { printed } else { banner };
        self.compare(command.line, &format!("`{}`", command.text), &command.output);
    }

    fn fail(&mut self, line: usize, sentence: &str, details: &[String]) {
        let details: String = details.iter().map(|detail| format!("\n    {detail}")).collect();
        self.report.failures.push(format!("{}:{line}: {sentence}{details}", self.report.path));
    }

    fn write_script(&self, extension: &str, text: &str) -> anyhow::Result<PathBuf> {
        let number = self.report.scripts + self.report.configurations;
        let file = self.place.scripts_dir().join(format!("snippet-{number}.{extension}"));
        std::fs::write(&file, text)?;
        Ok(file)
    }

    fn serve(&mut self) -> anyhow::Result<()> {
        if self.server.is_none() {
            let mut serve = Command::new(self.binary);
            self.place.settle(&mut serve);
            serve.args(SERVE_ON_FREE_PORTS).args(&self.serve_flags);
            self.server = Some(ServerProcess::start_command(serve)?);
        }
        Ok(())
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(server) = self.server.take() {
            server.stop()?;
        }
        Ok(())
    }

    /// Pages show the default ports; the page's server listens on free ones.
    fn with_real_ports(&self, text: &str) -> String {
        let Some(server) = &self.server else {
            return text.to_owned();
        };
        let addresses = server.addresses();
        let mut text = text.to_owned();
        if let Some(https) = addresses.https_authority() {
            text = text.replace(SHOWN_HTTPS, https);
        }
        if let Some(http) = addresses.http_authority() {
            for shown in SHOWN_HTTP {
                text = text.replace(shown, http);
            }
        }
        if let Some(metrics) = addresses.metrics_authority() {
            text = text.replace(SHOWN_METRICS, metrics);
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "{failure}")?;
        }
        write!(
            f,
            "{}: {} commands, {} configurations, {} scripts: {}",
            self.path,
            self.commands,
            self.configurations,
            self.scripts,
            if self.failures.is_empty() {
                "right".to_owned()
            } else {
                format!("{} wrong", self.failures.len())
            }
        )
    }
}

/// The flags that a page shows its server started with, as far as they do not say where it is.
fn serve_flags(text: &str) -> Vec<&'static str> {
    let mut shown = text.lines().filter_map(|line| line.strip_prefix("$ callsign serve "));
    let words = shown.next().unwrap_or_default();
    PASSED_ON.into_iter().filter(|flag| words.split(' ').any(|word| word == *flag)).collect()
}

fn is_serve(command: &str) -> bool {
    command == "callsign serve" || (command.starts_with("callsign serve ") && !command.contains("--help"))
}

fn marked(mark: char, lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| format!("{mark} {line}")).collect()
}

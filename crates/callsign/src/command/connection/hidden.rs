//! What is typed at a terminal and must not be seen.

use std::io::{self, BufRead as _, Stdin};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::printer::tell;

/// Shows again what is typed, however reading ends.
struct Restored<'a> {
    terminal: &'a Stdin,
    before: Termios,
}

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing, and nobody is there to be told.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
        // The line end that was typed was not shown either.
        tell("\n");
    }
}

/// Asks for a line on the terminal and reads it into `text` without showing it.
pub(super) fn read_line(terminal: &Stdin, question: &str, text: &mut String) -> io::Result<usize> {
    let before = tcgetattr(terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    let _restored = Restored { terminal, before };
    tcsetattr(terminal, OptionalActions::Flush, &hidden)?;
    // Not sooner: what is typed before the mode is set would be seen, and lost.
    tell(question);
    terminal.lock().read_line(text)
}

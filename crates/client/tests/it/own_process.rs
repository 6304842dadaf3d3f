//! A test in a process of its own, for what reads the environment: that of this process is shared by all tests.

use std::process::Command;

use crate::house::House;

/// Set in such a process.
const MARK: &str = "RUN_BY_ANOTHER_TEST";

/// Whether this is such a process.
pub fn is_this() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Runs the body of a test.
pub fn run(body: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(body);
}

/// Runs the test of that name again, where the variables of `callsign env` and those given are set, and answers what it printed.
pub async fn again(house: &House, test: &str, more: &[(&str, String)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env(MARK, "1").envs(house.environment().await);
    let output = command.envs(more.iter().cloned()).output().unwrap();
    let [said, complained] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("1 passed"), "there is no test {test}: {said}");
    said
}

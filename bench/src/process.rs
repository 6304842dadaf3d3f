//! What a process took so far, as the kernel tells it (proc(5)).

use anyhow::Context as _;

/// `USER_HZ`, which is 100 on every architecture of Linux that Rust knows.
const TICKS_PER_SECOND: f64 = 100.0;

/// Time on CPUs, in user and system mode together.
pub(crate) fn cpu_seconds(process: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may have blanks in it; the fields after it have none. utime and stime are the 14th and the 15th.
    let (_, fields) = stat.rsplit_once(')').context("a name in brackets")?;
    let ticks: f64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}

/// Memory that is resident, in MiB.
pub(crate) fn resident_mebibytes(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    Ok(kibibytes(&status, "VmRSS:")? / 1024.0)
}

/// Memory that is resident and nobody else's, in MiB.
pub(crate) fn private_mebibytes(process: u32) -> anyhow::Result<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    Ok((kibibytes(&rollup, "Private_Clean:")? + kibibytes(&rollup, "Private_Dirty:")?) / 1024.0)
}

/// Memory that is resident in a process and in all that descend from it, in MiB.
pub(crate) fn resident_mebibytes_of_tree(root: u32) -> anyhow::Result<f64> {
    let mut statuses = vec![std::fs::read_to_string(format!("/proc/{root}/status"))?];
    // One of the others may have ended meanwhile.
    let others = descendants(root, &parents()?).into_iter();
    statuses.extend(others.filter_map(|one| std::fs::read_to_string(format!("/proc/{one}/status")).ok()));
    Ok(together(&statuses)? / 1024.0)
}

/// Files are counted once, by the process that maps most of them: workers share the text of their program.
fn together(statuses: &[String]) -> anyhow::Result<f64> {
    let (mut own, mut files) = (0.0, 0.0_f64);
    for status in statuses {
        own += kibibytes(status, "RssAnon:")? + kibibytes(status, "RssShmem:")?;
        files = files.max(kibibytes(status, "RssFile:")?);
    }
    Ok(own + files)
}

fn kibibytes(status: &str, field: &'static str) -> anyhow::Result<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix(field)).context(field)?;
    Ok(value.trim().trim_end_matches("kB").trim().parse()?)
}

/// Each process of the machine with its parent.
fn parents() -> anyhow::Result<Vec<(u32, u32)>> {
    let processes = std::fs::read_dir("/proc")?.filter_map(|entry| {
        let process = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        Some((process, fields.split_whitespace().nth(1)?.parse().ok()?))
    });
    Ok(processes.collect())
}

/// Children, their children, and so on.
fn descendants(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let children = parents.iter().filter(|(_, parent)| *parent == root).map(|(child, _)| *child);
    children.flat_map(|child| std::iter::once(child).chain(descendants(child, parents))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_of_workers_are_counted_and_nobody_elses() {
        let parents = [(1, 0), (7, 1), (8, 7), (9, 8), (10, 7), (11, 1)];
        assert_eq!(descendants(7, &parents), [8, 9, 10]);
        assert!(descendants(11, &parents).is_empty());
    }

    #[test]
    fn what_processes_share_is_counted_once() {
        let status =
            |anonymous, file| format!("RssAnon:\t {anonymous} kB\nRssFile:\t {file} kB\nRssShmem:\t 1 kB\n");
        assert_eq!(together(&[status(10, 300), status(20, 500), status(30, 400)]).unwrap(), 563.0);
        assert!(together(&["Name: zombie\n".to_owned()]).is_err());
    }
}

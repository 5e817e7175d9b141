//! `cargo xtask test`: runs the stages, goes on after a failure, and ends with a table.
//!
//! The last line is `N passed, N failed`, counted in stages; the command fails when one failed. A stage that was
//! skipped counts for neither, and its line says why.

use crate::stages::{ALL, Ready, Stage};
use std::time::{Duration, Instant};

struct Outcome {
    name: &'static str,
    time: Duration,
    verdict: Verdict,
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Passed,
    Skipped(String),
    Failed(String),
}

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let stages = chosen(args)?;
    let mut ready = Ready::default();
    let mut outcomes = Vec::new();
    for stage in stages {
        eprintln!("\n── {} ({})", stage.name, stage.about);
        let started = Instant::now();
        let verdict = judge(stage, &mut ready);
        match &verdict {
            Verdict::Passed => {}
            Verdict::Skipped(why) => eprintln!("{} skipped: {why}", stage.name),
            Verdict::Failed(message) => eprintln!("{} failed: {message}", stage.name),
        }
        outcomes.push(Outcome { name: stage.name, time: started.elapsed(), verdict });
    }
    println!("\n{}", table(&outcomes));
    match outcomes.iter().any(|outcome| matches!(outcome.verdict, Verdict::Failed(_))) {
        false => Ok(()),
        // The table has said it all, and its last line must stay the last.
        true => std::process::exit(1),
    }
}

fn judge(stage: &Stage, ready: &mut Ready) -> Verdict {
    let result = match stage.skip.map_or(Ok(None), |skip| skip()) {
        Ok(Some(why)) => return Verdict::Skipped(why),
        Ok(None) => (stage.run)(ready),
        Err(message) => Err(message),
    };
    match result {
        Ok(()) => Verdict::Passed,
        Err(message) => Verdict::Failed(message),
    }
}

fn chosen(names: &[String]) -> Result<Vec<&'static Stage>, String> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    if let Some(unknown) = names.iter().find(|name| ALL.iter().all(|stage| stage.name != **name)) {
        let known: Vec<&str> = ALL.iter().map(|stage| stage.name).collect();
        return Err(format!("there is no stage `{unknown}`; there are {}", known.join(", ")));
    }
    Ok(ALL.iter().filter(|stage| names.iter().any(|name| name == stage.name)).collect())
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let (mut passed, mut failed) = (0, 0);
    for Outcome { name, time, verdict } in outcomes {
        let (word, why) = match verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Skipped(why) => ("skipped", Some(why)),
            Verdict::Failed(message) => ("FAILED", Some(message)),
        };
        passed += u32::from(*verdict == Verdict::Passed);
        failed += u32::from(matches!(verdict, Verdict::Failed(_)));
        text += &format!("{name:<12} {:>7.1} s  {word}\n", time.as_secs_f64());
        if let Some(why) = why {
            text += &format!("             {}\n", why.lines().next().unwrap_or_default());
        }
    }
    let total: Duration = outcomes.iter().map(|outcome| outcome.time).sum();
    text += &format!("{:<12} {:>7.1} s\n", "total", total.as_secs_f64());
    text + &format!("{passed} passed, {failed} failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ends_with_the_count() {
        let outcome = |name, verdict| Outcome { name, time: Duration::from_millis(1500), verdict };
        let text = table(&[
            outcome("format", Verdict::Passed),
            outcome("lint", Verdict::Failed("cargo said no\nat length".to_owned())),
            outcome("llama", Verdict::Skipped("not built".to_owned())),
        ]);
        assert!(text.contains("format           1.5 s  passed"), "{text}");
        assert!(text.contains("lint             1.5 s  FAILED\n             cargo said no\n"), "{text}");
        assert!(text.contains("llama            1.5 s  skipped\n             not built\n"), "{text}");
        assert!(text.ends_with("\n1 passed, 1 failed"), "{text}");
    }

    #[test]
    fn a_stage_is_skipped_for_a_reason_only() {
        let judged = |skip, run| judge(&Stage { name: "x", about: "x", run, skip }, &mut Ready::default());
        let runs = |_: &mut Ready| Ok(());
        let breaks = |_: &mut Ready| Err("broken".to_owned());
        let failed = Verdict::Failed("broken".to_owned());
        assert_eq!(judged(None, runs), Verdict::Passed);
        assert_eq!(judged(None, breaks), failed);
        assert_eq!(judged(Some(|| Ok(None)), runs), Verdict::Passed);
        assert_eq!(judged(Some(|| Ok(None)), breaks), failed);
        assert_eq!(judged(Some(|| Ok(Some("absent".to_owned()))), breaks), Verdict::Skipped("absent".to_owned()));
        assert_eq!(judged(Some(|| Err("broken".to_owned())), runs), failed);
    }

    #[test]
    fn stages_are_chosen_by_name_in_their_own_order() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let picked: Vec<_> = chosen(&names("tidy format")).unwrap().iter().map(|stage| stage.name).collect();
        assert_eq!(picked, ["format", "tidy"]);
        assert!(chosen(&names("tidy nothing")).err().unwrap().contains("`nothing`"));
        assert_eq!(chosen(&[]).unwrap().len(), ALL.len());
    }
}

//! `cargo xtask test`: runs the stages, goes on after a failure, and ends with a table.
//!
//! The last line is `N passed, N failed`, counted in stages; the command fails when one failed.

use crate::stages::{ALL, Ready, Stage};
use std::time::{Duration, Instant};

struct Outcome {
    name: &'static str,
    time: Duration,
    result: Result<(), String>,
}

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let stages = chosen(args)?;
    let mut ready = Ready::default();
    let mut outcomes = Vec::new();
    for stage in stages {
        eprintln!("\n── {} ({})", stage.name, stage.about);
        let started = Instant::now();
        let result = (stage.run)(&mut ready);
        if let Err(message) = &result {
            eprintln!("{} failed: {message}", stage.name);
        }
        outcomes.push(Outcome { name: stage.name, time: started.elapsed(), result });
    }
    println!("\n{}", table(&outcomes));
    match outcomes.iter().all(|outcome| outcome.result.is_ok()) {
        true => Ok(()),
        // The table has said it all, and its last line must stay the last.
        false => std::process::exit(1),
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
    for Outcome { name, time, result } in outcomes {
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        text += &format!("{name:<12} {:>7.1} s  {verdict}\n", time.as_secs_f64());
        if let Err(message) = result {
            text += &format!("             {}\n", message.lines().next().unwrap_or_default());
        }
    }
    let total: Duration = outcomes.iter().map(|outcome| outcome.time).sum();
    let passed = outcomes.iter().filter(|outcome| outcome.result.is_ok()).count();
    text += &format!("{:<12} {:>7.1} s\n", "total", total.as_secs_f64());
    text + &format!("{passed} passed, {} failed", outcomes.len() - passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ends_with_the_count() {
        let outcome = |name, result| Outcome { name, time: Duration::from_millis(1500), result };
        let text = table(&[outcome("format", Ok(())), outcome("lint", Err("cargo said no\nat length".to_owned()))]);
        assert!(text.contains("format           1.5 s  passed"), "{text}");
        assert!(text.contains("lint             1.5 s  FAILED\n             cargo said no\n"), "{text}");
        assert!(text.ends_with("\n1 passed, 1 failed"), "{text}");
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

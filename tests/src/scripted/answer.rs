//! What a scripted model says: derived from the request alone, so that equal requests get equal answers.
//!
//! Where JSON is asked for, the answer is built from the schema in the request, be it enforced by a field
//! or told in words; the labels to judge are those that the prompt names. No prompt is known by heart.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::log::fnv;
use super::script::{Stance, Words};

/// What is said where JSON was due.
const PROSE: &str = "I would rather talk about it than fill in a form: all of it is interesting.";

/// What was asked of a model.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The model's name.
    pub(super) model: String,
    /// Whether the answer shall come in pieces.
    pub(super) stream: bool,
    /// All text of the request: instructions first, then the messages.
    pub(super) prompt: String,
    /// The last thing that was said to the model.
    pub(super) last: String,
    /// The shape that is asked for.
    pub(super) schema: Option<Value>,
}

impl Asked {
    /// Reads a request's body in any of the three dialects.
    #[must_use]
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let model = body.get("model")?.as_str()?.to_owned();
        let mut texts = Vec::new();
        collect(body.get("system").unwrap_or(&Value::Null), &mut texts);
        let messages = body.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for message in messages {
            collect(message.get("content").unwrap_or(&Value::Null), &mut texts);
        }
        let last = texts.last().cloned().unwrap_or_default();
        let prompt = texts.join("\n\n");
        let enforced = body
            .pointer("/output_config/format/schema")
            .or_else(|| body.pointer("/response_format/json_schema/schema"))
            .or_else(|| body.get("format"))
            .filter(|schema| schema.is_object());
        let schema = enforced.cloned().or_else(|| told(&prompt));
        // Ollama streams unless told not to, the others only when told to.
        let ollama = body.get("options").is_some() || body.get("stream").is_none() && body.get("max_tokens").is_none();
        let stream = body.get("stream").and_then(Value::as_bool).unwrap_or(ollama);
        Some(Self { model, stream, prompt, last, schema })
    }

    /// What is asked for, in one word, as the log has it.
    #[must_use]
    pub(super) fn kind(&self) -> &'static str {
        let Some(schema) = &self.schema else {
            return if self.is_synthesis() { "synthesis" } else { "draft" };
        };
        let has = |name: &str| has_property(schema, name);
        if has("score") {
            "critique"
        } else if has("agree") || has("vote") {
            "vote"
        } else if has("answer") || has("synthesis") {
            "synthesis"
        } else {
            "json"
        }
    }

    /// The words. `votes` counts the votes that this model was asked for, this one included.
    #[must_use]
    pub(super) fn answer(&self, words: Words, stance: Stance, votes: u32) -> String {
        let agree = match stance {
            Stance::Agrees => true,
            Stance::Disagrees => false,
            Stance::Persuadable => votes > 1,
        };
        let sensible = || match &self.schema {
            Some(schema) => self.fill(schema, "", None, agree).to_string(),
            None if self.is_synthesis() => self.synthesis(),
            None => self.essay(),
        };
        match words {
            Words::Answer => sensible(),
            Words::Fenced if self.schema.is_some() => format!("Gladly, here it is:\n\n```json\n{}\n```\n", sensible()),
            Words::Fenced => sensible(),
            Words::ProseThenJson if self.schema.is_none() || self.prompt.contains(PROSE) => sensible(),
            Words::Prose if self.schema.is_none() => sensible(),
            Words::Prose | Words::ProseThenJson => PROSE.to_owned(),
            Words::Long => format!("{}\n\n{}", sensible(), "All of this bears repeating, once more. ".repeat(5_000)),
            Words::Nothing => String::new(),
            Words::Refusal => "I cannot help with that.".to_owned(),
        }
    }

    /// The user's goal as far as a prompt shows it: what follows the word, else the first line of the question.
    fn goal(&self) -> String {
        let lines: Vec<&str> = self.prompt.lines().collect();
        let mark = |line: &str| {
            let line = line.trim_matches(|c: char| !c.is_alphanumeric());
            ["goal", "the goal"].iter().any(|heading| line.eq_ignore_ascii_case(heading))
        };
        let after = lines.iter().position(|line| mark(line)).and_then(|at| lines.get(at + 1..));
        let goal = after.and_then(|rest| rest.iter().copied().find(|line| !line.trim().is_empty()));
        let inline = || lines.iter().find_map(|line| line.trim().strip_prefix("Goal: "));
        let first = || self.last.lines().find(|line| !line.trim().is_empty());
        goal.or_else(inline).or_else(first).unwrap_or("nothing").trim().chars().take(160).collect()
    }

    /// A shared answer is asked for by the headings that it must have.
    fn is_synthesis(&self) -> bool {
        ["# Comparison", "# Answer"].iter().all(|heading| self.prompt.lines().any(|line| line == *heading))
    }

    fn synthesis(&self) -> String {
        format!(
            "# Comparison\n\nThe drafts agree on “{}” and on trying the cheapest part first. They conflict on who \
             decides. None covers the cost.\n\n# Answer\n\n{}",
            self.goal(),
            self.essay()
        )
    }

    fn essay(&self) -> String {
        let goal = self.goal();
        let voice = fnv(self.model.as_bytes()) ^ fnv(self.last.as_bytes());
        let first = ["small steps", "a clear owner", "an honest measure"][(voice % 3) as usize];
        format!(
            "## On “{goal}”\n\nThe short answer: begin with **{first}**, and decide what would prove it wrong.\n\n\
             1. Write down what is known, and what is merely hoped — naïve plans fail there.\n\
             2. Try the cheapest part first; keep `notes` of what it cost.\n\
             3. Compare the outcome with the measure: 成功 or not, it is settled. 🌱\n\n\
             ```text\nknown -> tried -> measured\n```\n\nWhat could change this view: evidence that {first} \
             does not matter here."
        )
    }

    /// An instance of a schema. `label` is the draft that is being judged, if one is.
    fn fill(&self, schema: &Value, name: &str, label: Option<&str>, agree: bool) -> Value {
        if let Some(all) = schema.get("enum").and_then(Value::as_array) {
            let is = |wanted: &str| all.iter().find(|v| v.as_str() == Some(wanted));
            let vote = if agree { "agree" } else { "disagree" };
            return is(vote).or_else(|| label.and_then(is)).or(all.first()).cloned().unwrap_or(Value::Null);
        }
        let any = ["anyOf", "oneOf"].into_iter().find_map(|key| schema.get(key)?.as_array()?.first());
        if let Some(first) = any {
            return self.fill(first, name, label, agree);
        }
        let kind = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().find_map(Value::as_str).unwrap_or_default(),
            Some(kind) => kind.as_str().unwrap_or_default(),
            None => "object",
        };
        match kind {
            "object" => {
                let mut map = Map::new();
                let properties = schema.get("properties").and_then(Value::as_object);
                // A ballot says how sure it is, and its answer is a word; any other answer is a text.
                let ballot = properties.is_some_and(|all| all.contains_key("confidence"));
                for (key, inner) in properties.into_iter().flatten() {
                    let value = match key.as_str() {
                        "answer" if ballot => json!(if agree { "yes" } else { "no" }),
                        _ => self.fill(inner, key, label, agree),
                    };
                    map.insert(key.clone(), value);
                }
                Value::Object(map)
            }
            "array" => {
                let item = schema.get("items").unwrap_or(&Value::Null);
                let per_label = item.pointer("/properties/label").is_some();
                let labels = if per_label { labels(item, &self.prompt) } else { Vec::new() };
                if per_label {
                    return labels.iter().map(|l| self.fill(item, name, Some(l), agree)).collect();
                }
                if agree && name == "concerns" {
                    return json!([]);
                }
                json!([self.fill(item, name, label, agree)])
            }
            "integer" | "number" => {
                let seed = format!("{} {}", self.model, label.unwrap_or(name));
                json!(60 + fnv(seed.as_bytes()) % 36)
            }
            "boolean" => json!(agree),
            _ => json!(self.sentence(name, label, agree)),
        }
    }

    fn sentence(&self, name: &str, label: Option<&str>, agree: bool) -> String {
        let goal = self.goal();
        match (name, label) {
            ("label", Some(label)) => label.to_owned(),
            ("answer" | "synthesis" | "final_answer", _) => self.essay(),
            ("reasoning", _) if agree => format!("It answers “{goal}” and leaves nothing important out."),
            ("reasoning", _) => format!("It does not yet answer “{goal}” well enough."),
            ("strengths", Some(label)) => format!("Draft {label} is concrete."),
            ("weaknesses", Some(label)) => format!("Draft {label} says little about cost."),
            ("suggestions", Some(label)) => format!("Draft {label} could name a date."),
            ("concerns", _) => "The cost is not weighed.".to_owned(),
            (_, Some(label)) => format!("{name} of draft {label}: worth a second look."),
            (_, None) => format!("{name}: the drafts agree on most of “{goal}”."),
        }
    }
}

/// A schema that is told in words: the first JSON object after the word "schema".
fn told(prompt: &str) -> Option<Value> {
    let at = prompt.rfind("JSON schema")?;
    let rest = &prompt[at..];
    let start = rest.find('{')?;
    serde_json::Deserializer::from_str(&rest[start..]).into_iter::<Value>().next()?.ok().filter(Value::is_object)
}

/// The labels to judge: those that the schema allows, else those that the prompt names.
fn labels(item: &Value, prompt: &str) -> Vec<String> {
    if let Some(all) = item.pointer("/properties/label/enum").and_then(Value::as_array) {
        return all.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let mut found = BTreeSet::new();
    for (at, _) in prompt.match_indices("Draft ") {
        let mut rest = prompt[at + "Draft ".len()..].chars();
        if let Some(letter) = rest.next().filter(char::is_ascii_uppercase)
            && !rest.next().is_some_and(char::is_alphanumeric)
        {
            found.insert(letter.to_string());
        }
    }
    found.into_iter().collect()
}

fn has_property(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(map) => {
            map.get("properties").and_then(Value::as_object).is_some_and(|p| p.contains_key(name))
                || map.values().any(|inner| has_property(inner, name))
        }
        Value::Array(all) => all.iter().any(|inner| has_property(inner, name)),
        _ => false,
    }
}

/// Text, wherever the dialect put it: a string, or blocks with a `text`.
fn collect(content: &Value, texts: &mut Vec<String>) {
    match content {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(blocks) => {
            texts.extend(blocks.iter().filter_map(|b| b.get("text")?.as_str()).map(str::to_owned));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn critique() -> Value {
        json!({"type": "object", "properties": {"critiques": {"type": "array", "items": {"type": "object", "properties": {
            "label": {"type": "string"}, "score": {"type": "integer"}, "strengths": {"type": "array", "items": {"type": "string"}}
        }}}}})
    }

    fn asked(schema: Value) -> Asked {
        let prompt = "# The goal\n\nShip it?\n\n### Draft A\nx\n\n### Draft C\nDrafty Draft notes";
        let body = json!({"model": "steady", "messages": [{"role": "user", "content": prompt}],
            "response_format": {"type": "json_schema", "json_schema": {"schema": schema}}});
        Asked::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_critique_scores_exactly_the_labels_of_the_prompt() {
        let asked = asked(critique());
        assert_eq!(asked.kind(), "critique");
        let answer: Value = serde_json::from_str(&asked.answer(Words::Answer, Stance::Agrees, 0)).unwrap();
        let labels: Vec<_> =
            answer["critiques"].as_array().unwrap().iter().map(|c| c["label"].as_str().unwrap()).collect();
        assert_eq!(labels, ["A", "C"]);
        assert!(answer["critiques"][0]["score"].as_u64().unwrap() <= 100);
    }

    #[test]
    fn a_schema_in_words_is_as_good_and_votes_follow_the_stance() {
        let schema = json!({"type": "object", "properties": {"agree": {"type": "boolean"}, "concerns": {"type": "array", "items": {"type": "string"}}}});
        let body = json!({"model": "m", "system": format!("It must fit this JSON schema:\n{schema}\n\nThanks."),
            "max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "text", "text": "Vote."}]}]});
        let asked = Asked::read(body.to_string().as_bytes()).unwrap();
        assert_eq!((asked.kind(), asked.stream), ("vote", false));
        for (stance, votes, agree) in [
            (Stance::Agrees, 1, true),
            (Stance::Disagrees, 9, false),
            (Stance::Persuadable, 1, false),
            (Stance::Persuadable, 2, true),
        ] {
            let vote: Value = serde_json::from_str(&asked.answer(Words::Answer, stance, votes)).unwrap();
            assert_eq!(vote["agree"], json!(agree), "{stance:?}");
        }
    }

    #[test]
    fn drafts_use_the_goal_and_prose_is_mended_when_it_is_quoted() {
        let mut asked = asked(critique());
        assert!(serde_json::from_str::<Value>(&asked.answer(Words::ProseThenJson, Stance::Agrees, 0)).is_err());
        asked.prompt.push_str(PROSE);
        assert!(serde_json::from_str::<Value>(&asked.answer(Words::ProseThenJson, Stance::Agrees, 0)).is_ok());
        asked.schema = None;
        assert!(asked.answer(Words::Answer, Stance::Agrees, 0).contains("“Ship it?”"));
        assert_eq!(asked.kind(), "draft");
        asked.prompt.push_str("\n# Comparison\n\nx\n\n# Answer\n");
        assert_eq!(asked.kind(), "synthesis");
        let text = asked.answer(Words::Answer, Stance::Agrees, 0);
        assert!(text.starts_with("# Comparison\n") && text.contains("\n# Answer\n"), "{text}");
    }
}

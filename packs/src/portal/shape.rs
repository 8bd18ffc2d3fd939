//! From the portal's own shape to the flattened one.

use serde_json::{Map, Value, json};

/// The flattened record; anything that is not the portal's own shape stays as it is.
pub fn flat(record: Value) -> Value {
    let Some(detail) = record.get("detail").and_then(Value::as_object) else {
        return record;
    };
    let get = |key: &str| detail.get(key).cloned().unwrap_or(Value::Null);
    let proposal = detail.get("procedureProposal").unwrap_or(&Value::Null);
    let mut flat = Map::new();
    let mut put = |key: &str, value: Value| {
        flat.insert(key.to_owned(), value);
    };
    for key in ["code", "name"] {
        put(key, record.get(key).cloned().unwrap_or_else(|| get(key)));
    }
    put(
        "publisher",
        json!({ "code": get("departmentPromulgateCode"), "name": get("departmentPromulgateName") }),
    );
    put("category", pick(detail.get("category"), "name"));
    put("category_code", pick(detail.get("category"), "code"));
    put("full_process_online", get("isFullProcess"));
    put("offline_only", get("isOfflineOnly"));
    put("non_territorial", get("isNonTerritorial"));
    put("formality", get("formalityType"));
    put(
        "decision",
        json!({
            "no": pick(Some(proposal), "proposalNumber"),
            "date": day(proposal.get("decisionDate")),
            "agency": pick(proposal.get("issuingAgency"), "name"),
        }),
    );
    put(
        "executing",
        names(&[
            detail.get("departmentsExecuting"),
            detail.get("unitGroupsExecuting"),
        ]),
    );
    put(
        "coordinating",
        names(&[
            detail.get("departmentsCoordinating"),
            detail.get("unitGroupsCoordinating"),
        ]),
    );
    put(
        "subjects",
        each(
            detail.get("subjectTypesDetails"),
            &[("code", "code"), ("name", "name")],
        ),
    );
    put(
        "results",
        each(
            detail.get("resultsDetails"),
            &[("code", "code"), ("name", "name")],
        ),
    );
    put(
        "legal_basis",
        each(
            detail.get("legalBasisesDetails"),
            &[("no", "code"), ("title", "name")],
        ),
    );
    put(
        "steps",
        each(
            detail.get("executionSteps"),
            &[("name", "name"), ("text", "description")],
        ),
    );
    put("conditions", get("requirementsAndConditions"));
    let methods = map(detail.get("executionMethods"), |method| {
        json!({
            "channel": pick(Some(method), "submissionMethod"),
            "time": pick(Some(method), "processingTime"),
            "unit": pick(Some(method), "processingTimeUnit"),
            "description": pick(Some(method), "description"),
            "fees": each(method.get("fees"), &[("type", "type"), ("vnd", "value"), ("description", "description")]),
        })
    });
    put("methods", methods);
    let cases = map(detail.get("cases"), |case| {
        json!({
            "code": pick(Some(case), "code"),
            "name": pick(Some(case), "name"),
            "time": pick(case.get("processingDay"), "qty"),
            "unit": pick(case.get("processingDay"), "type"),
        })
    });
    put("cases", cases);
    let groups = map(detail.get("executionCases"), |group| {
        let components = map(group.get("profileComponents"), |paper| {
            json!({
                "code": pick(Some(paper), "code"),
                "name": pick(Some(paper), "name"),
                "original_qty": pick(Some(paper), "originalQty"),
                "copy_qty": pick(Some(paper), "copyQty"),
                "required": pick(Some(paper), "required"),
                "has_eform": pick(Some(paper), "hasElectronicForm"),
                "is_result": pick(Some(paper), "isProcessingResult"),
                "forms": [],
            })
        });
        json!({ "group": pick(Some(group), "name"), "components": components })
    });
    put("component_groups", groups);
    put("updated", day(detail.get("updatedAt")));
    Value::Object(flat)
}

fn pick(from: Option<&Value>, key: &str) -> Value {
    from.and_then(|from| from.get(key))
        .cloned()
        .unwrap_or(Value::Null)
}

fn map(list: Option<&Value>, of: impl Fn(&Value) -> Value) -> Value {
    match list {
        Some(Value::Array(items)) => items.iter().map(of).collect(),
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

fn each(list: Option<&Value>, keys: &[(&str, &str)]) -> Value {
    map(list, |item| {
        let pairs = keys
            .iter()
            .map(|(to, from)| ((*to).to_owned(), pick(Some(item), from)));
        Value::Object(pairs.collect())
    })
}

fn names(lists: &[Option<&Value>]) -> Value {
    let items = lists
        .iter()
        .flatten()
        .filter_map(|list| list.as_array())
        .flatten();
    items.map(|item| pick(Some(item), "name")).collect()
}

/// Milliseconds to the day in Vietnam; anything else stays what it is, to be reported.
fn day(value: Option<&Value>) -> Value {
    let Some(value) = value else {
        return Value::Null;
    };
    let instant = value
        .as_i64()
        .and_then(|it| jiff::Timestamp::from_millisecond(it).ok());
    let zone = jiff::tz::Offset::constant(7).to_time_zone();
    match instant {
        Some(instant) => Value::String(instant.to_zoned(zone).date().to_string()),
        None => value.clone(),
    }
}

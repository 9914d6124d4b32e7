//! What stands on each form of 配备 (requirements PRV-02…26, MGT-32), from top to bottom. The words are
//! labels, the layout is `forms/form.typ`.

pub(crate) struct Shape {
    /// Ledgers with many columns lie on their side.
    pub landscape: bool,
    pub parts: &'static [Part],
}

pub(crate) enum Part {
    /// A grey line over what follows.
    Section(&'static str),
    /// Label and value, two to a line, or one where it is wide.
    Pairs(&'static [Cell]),
    /// Label and a longer text, signed in its corner where somebody answers for it.
    Passage {
        key: &'static str,
        height_mm: u32,
        signer: Option<&'static str>,
    },
    /// Numbered rows under a head that every page repeats; at least `blank` rows, the rest for the pen.
    Table {
        key: &'static str,
        columns: &'static [Column],
        blank: usize,
    },
    Signatures(&'static [&'static str]),
    Note(&'static str),
}

pub(crate) struct Cell {
    pub key: &'static str,
    pub wide: bool,
}

pub(crate) struct Column {
    pub key: &'static str,
    /// Share of the width.
    pub width: f64,
    /// Running text stands left, all else in the middle.
    pub left: bool,
}

const fn cell(key: &'static str) -> Cell {
    Cell { key, wide: false }
}
const fn wide(key: &'static str) -> Cell {
    Cell { key, wide: true }
}
const fn col(key: &'static str, width: f64) -> Column {
    Column { key, width, left: false }
}
const fn left(key: &'static str, width: f64) -> Column {
    Column { key, width, left: true }
}
const fn passage(key: &'static str, height_mm: u32) -> Part {
    Part::Passage { key, height_mm, signer: None }
}
const fn opinion(key: &'static str, height_mm: u32, signer: &'static str) -> Part {
    Part::Passage { key, height_mm, signer: Some(signer) }
}

/// 设备领用（归还）登记表 (PRV-20)
pub(crate) const ISSUE: Shape = Shape {
    landscape: true,
    parts: &[
        Part::Table {
            key: "devices",
            columns: &[
                col("asset_no", 1.1),
                col("device", 1.5),
                col("serial_no", 1.2),
                left("accessories", 1.2),
                col("out_at", 1.0),
                col("out_condition", 0.9),
                col("receiver", 0.9),
                col("in_at", 1.0),
                col("in_condition", 0.9),
                col("returner", 0.9),
                col("keeper", 0.9),
            ],
            blank: 13,
        },
        Part::Note("note"),
    ],
};

/// 使用前检查记录 (requirements USE-26: what is looked at before a device goes out)
pub(crate) const CHECK: Shape = Shape {
    landscape: true,
    parts: &[
        Part::Table {
            key: "checks",
            columns: &[
                col("checked_at", 1.0),
                col("asset_no", 1.1),
                col("device", 1.4),
                col("battery", 0.7),
                col("storage", 0.8),
                col("clock", 0.8),
                col("appearance", 0.8),
                col("functions", 0.9),
                col("data_handed_in", 0.9),
                left("problem", 1.3),
                col("result", 0.7),
                col("checker", 0.9),
            ],
            blank: 13,
        },
        Part::Note("note"),
    ],
};

/// 设备移交清单 (PRV-21)
pub(crate) const TRANSFER: Shape = Shape {
    landscape: false,
    parts: &[
        Part::Pairs(&[cell("from_unit"), cell("to_unit"), cell("order_no"), cell("transferred_on"), wide("reason")]),
        Part::Section("section_devices"),
        Part::Table {
            key: "devices",
            columns: &[
                col("asset_no", 1.2),
                col("device", 1.6),
                col("serial_no", 1.3),
                col("acquired_on", 0.95),
                col("price", 0.9),
                left("condition", 0.9),
                left("accessories", 1.2),
            ],
            blank: 8,
        },
        passage("recordings_state", 12),
        passage("discrepancies", 12),
        Part::Signatures(&["handed_over_by", "received_by", "from_head", "to_head"]),
        Part::Note("note"),
    ],
};

/// 交接清单 of somebody who leaves a post (MGT-32)
pub(crate) const HANDOVER: Shape = Shape {
    landscape: false,
    parts: &[
        Part::Pairs(&[
            cell("leaver"),
            cell("successor"),
            cell("post"),
            cell("witness"),
            cell("reason"),
            cell("handover_on"),
        ]),
        Part::Section("section_devices"),
        Part::Table {
            key: "devices",
            columns: &[
                col("asset_no", 1.2),
                col("device", 1.7),
                col("serial_no", 1.3),
                left("condition", 1.0),
                left("accessories", 1.3),
            ],
            blank: 4,
        },
        Part::Section("section_items"),
        Part::Table {
            key: "items",
            columns: &[col("item_kind", 1.1), left("item", 3.0), col("quantity", 0.6), left("remark", 1.6)],
            blank: 6,
        },
        passage("discrepancies", 16),
        Part::Signatures(&["leaver_signed", "successor_signed", "witness_signed"]),
        Part::Note("note"),
    ],
};

/// 维修登记 (PRV-25)
pub(crate) const REPAIR: Shape = Shape {
    landscape: false,
    parts: &[
        Part::Section("section_fault"),
        Part::Pairs(&[
            cell("asset_no"),
            cell("device"),
            cell("serial_no"),
            cell("holder"),
            cell("reporter"),
            cell("reported_at"),
        ]),
        opinion("fault", 26, "reporter_signed"),
        passage("recordings_state", 14),
        Part::Section("section_repair"),
        Part::Pairs(&[cell("firm"), cell("cost"), cell("sent_on"), cell("returned_on"), wide("parts")]),
        opinion("repair_done", 22, "firm_signed"),
        opinion("verdict", 18, "keeper"),
        opinion("unit_opinion", 18, "unit_head"),
        Part::Note("note"),
    ],
};

/// 报废（封存·销毁）审批表 (PRV-17)
pub(crate) const RETIREMENT: Shape = Shape {
    landscape: false,
    parts: &[
        Part::Pairs(&[cell("method"), cell("applied_on")]),
        Part::Table {
            key: "devices",
            columns: &[
                col("asset_no", 1.2),
                col("device", 1.6),
                col("serial_no", 1.3),
                col("in_use_on", 0.95),
                col("used_years", 0.75),
                col("price", 0.9),
                left("condition", 1.2),
            ],
            blank: 4,
        },
        passage("reason", 14),
        opinion("media_clearance", 12, "keeper"),
        opinion("unit_opinion", 12, "unit_head"),
        opinion("leader_opinion", 12, "leader"),
        Part::Section("section_execution"),
        Part::Pairs(&[cell("executed_on"), cell("place"), cell("seal_no"), cell("seal_place")]),
        passage("execution", 10),
        Part::Signatures(&["executor", "witness"]),
        Part::Note("note"),
    ],
};

/// 丢失/损坏情况说明 (PRV-26)
pub(crate) const LOSS: Shape = Shape {
    landscape: false,
    parts: &[
        Part::Pairs(&[
            cell("asset_no"),
            cell("device"),
            cell("serial_no"),
            cell("price"),
            cell("holder"),
            cell("loss_kind"),
            cell("happened_at"),
            cell("place"),
            cell("reported_at"),
            cell("police_no"),
        ]),
        opinion("circumstances", 40, "reporter_signed"),
        passage("recordings_at_risk", 16),
        opinion("fault_finding", 18, "unit_head"),
        Part::Pairs(&[cell("proposed"), cell("basis")]),
        opinion("leader_opinion", 16, "leader"),
        Part::Pairs(&[wide("payment")]),
        Part::Note("note"),
    ],
};

/// 配备情况统计表 (PRV-02…11): what is needed, by which article, and what is there.
pub(crate) const STATISTICS: Shape = Shape {
    landscape: true,
    parts: &[
        Part::Pairs(&[cell("reference_day"), cell("profile")]),
        Part::Table {
            key: "rows",
            columns: &[
                left("unit_name", 1.7),
                col("head_count", 0.7),
                col("kind", 1.1),
                col("required", 0.7),
                col("other_reading", 0.8),
                col("planned", 0.7),
                col("have", 0.7),
                col("short_by", 0.6),
                col("over_by", 0.6),
                left("basis", 1.7),
                left("remark", 1.4),
            ],
            blank: 8,
        },
        Part::Signatures(&["filled_by", "checked_by", "unit_head"]),
        Part::Note("note"),
    ],
};

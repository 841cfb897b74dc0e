//! Keys in, screens out.

use insta::assert_snapshot;

use crate::stage::{Stage, reading_orders, record, shop, split};
use dynascope::app::Config;

#[test]
fn the_first_frame_comes_before_any_answer() {
    let mut stage = Stage::new(80, 24, Config::default(), shop());
    assert_snapshot!(stage.screen(), @r#"
     dynascope   connecting … · read-only                                 12:03 UTC
     [1 Streams]  2 Shards   3 Records   4 Diff
    ╭ 1 Streams ──────────────────────────────────────────────────────────────── ◑ ╮
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                  ◑ listing                                   │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    ╰──────────────────────────────────────────────────────────────────────────────╯
                                            Enter read  Space mark  ? help  q quit
    "#);
}

#[test]
fn streams_are_listed_and_described() {
    let mut stage = Stage::ready(140, 40, shop());
    assert_snapshot!(stage.screen(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only                                                                          12:03 UTC
    ╭ 1 Streams ──────────── 3 ╮╭ 2 Shards · orders · not read ──────────────╮╭ 3 Records ─────────────────────────────────────────────────────╮
    │ ● orders          NEW+OLD││▾ all shards                               4││                                                                │
    │▸● payments +1         NEW││ ▾ 03:43:05 …0000f35f closed                ││                                                                │
    │ ○ audit               off││ ▾ 07:43:05 …1111aa12 closed                ││                                                                │
    │                          ││    11:43:05 …2222bb34 open                 ││                                                                │
    │                          ││    11:43:05 …3333cc56 open                 ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││       Enter on a stream reads it; nothing is read before       │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    ╰──────────────────────────╯╰────────────────────────────────────────────╯╰────────────────────────────────────────────────────────────────╯
    ╭ 4 Diff ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────── changed only ╮
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                          no record is selected                                                           │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╯
                                                                           Enter read  Space mark  / filter  i details  P stop  ? help  q quit
    "#);
}

#[test]
fn records_of_a_split_stream_and_what_changed_in_the_newest() {
    let mut stage = reading_orders(140, 40);
    assert_snapshot!(stage.styled(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only                                                                          12:03 UTC
    ╭ 1 Streams ──────────── 3 ╮╭ 2 Shards · orders ─────────────────────────╮╭ 3 Records · orders · ● LIVE from 11:58 ───────────────────── 3 ╮
    │ ● orders          NEW+OLD││▾ all shards            2/2 caught up  0.1/s││12:03:02 + INSERT ord#92 2 attributes                       42 B│
    │▸● payments +1         NEW││ ▾ 03:43:05 …0000f35f closed before start   ││12:03:03 - REMOVE ord#17 2 attributes                       42 B│
    │ ○ audit               off││ ▾ 07:43:05 …1111aa12 closed before start   ││12:03:04 ~ MODIFY ord#91 lines +3                          269 B│
    │                          ││    11:43:05 …2222bb34 open   reads  2     █││                                                                │
    │                          ││    11:43:05 …3333cc56 open   reads  1     █││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    ╰──────────────────────────╯╰────────────────────────────────────────────╯╰─ order across shards is approximate ───────────────────────────╯
    ╭ 4 Diff · ord#91 · MODIFY · 4 changes ──────────────────────────────────────────────────────────────────────────────── changed only · 1/4 ╮
    │ + lines         [{ qty: 1, sku: "A-1" }]                                                                                                 │
    │ ~ status        "PENDING" → "PAID"                                                                                                       │
    │ ~ tags          -{"new"} → +{"vip"}                                                                                                      │
    │ ~ total.amount  19.90 → 24.90                                                                                                            │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╯
                   █ 15m   +1 ~1 -1   lag 0.0s   2.0 calls/s ≈ $0.03/day        Enter open  / filter  v mode  f follow  P stop  ? help  q quit
    aaaaaaaaaaaaa
    baaaaaaaaaaabbbbbbbbbbbbaaabbaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbcccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    bdefgggggggggggggggfdddddddbbdfggggggggggffffffffffffddddddddddddddddddddbcbbbbbbbbbh.hhhhhhhaaaaaa....................................bbbbc
    bbh.....................bbbbb.b.bbbbbbbb...........bbbbbbbbbbbbbbbbbbb...bcbbbbbbbbbi.iiiiiiiaaaaaa....................................bbbbc
    bbb.....................bbbbb.b.bbbbbbbb...........bbbbbbbbbbbbbbbbbbb...bcjjjjjjjjjklkkkkkkkmmmmmmllllllllllllllllllllllllllllllllllljjjjjc
    b..........................bb..b.bbbbbbbb...........hhhhhhhnnnnn.bbbbbbbbbc................................................................c
    b..........................bb..b.bbbbbbbb...........hhhhhhhnnnnn.bbbbbbbbbc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    b..........................bb............................................bc................................................................c
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbccoooooooooooooooooooooooooooooooooooocccccccccccccccccccccccccccc
    baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbaaaaaaaaaaaaaaaaaaaab
    bfefeeeeeeeeeeeeffeeeeeeeeeeeeeeeeeeeeeeeefffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffb
    b.n.nnnnnnnnnnnn..ipppppppibbbhqqqqh.......................................................................................................b
    b.n.nnnnnnnnnnnn..iiiiiiiibbbhhhhhhhh......................................................................................................b
    b.n.nnnnnnnnnnnn..iiiiibbbhhhhh............................................................................................................b
    b..........................................................................................................................................b
    b..........................................................................................................................................b
    b..........................................................................................................................................b
    b..........................................................................................................................................b
    b..........................................................................................................................................b
    b..........................................................................................................................................b
    b..........................................................................................................................................b
    b..........................................................................................................................................b
    b..........................................................................................................................................b
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    .nnnnnnnnnnnnnnnnnnn.........................bbbbbbbbbbbbbbbbbbbbbbb........rrrrr.bbbb..r.bbbbbb..r.bbbb..r.bbbbbb..r.bbbb..r.bbbb..r.bbbb
    a BOLD
    b DIM
    c Cyan BOLD
    d DIM UNDERLINED
    e Green UNDERLINED
    f UNDERLINED
    g BOLD UNDERLINED
    h Green
    i Red
    j DIM REVERSED
    k Yellow REVERSED
    l REVERSED
    m BOLD REVERSED
    n Yellow
    o Cyan BOLD DIM
    p Black on Red
    q Black on Green
    r Cyan
    "#);
}

#[test]
fn a_narrow_terminal_shows_one_pane_and_names_the_others() {
    let mut stage = reading_orders(80, 24);
    stage.keys("k Enter v");
    assert_snapshot!(stage.screen(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only              12:03 UTC
      1 Streams   2 Shards   3 Records  [4 Diff]
    ╭ 4 Diff · ord#17 · REMOVE · 2 changes ───────────────────────── unified · 1/2 ╮
    │ - pk: "ord#92"                                                               │
    │ - status: "NEW"                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    ╰──────────────────────────────────────────────────────────────────────────────╯
                   █ 15m   +1 ~1 -1         / find  n next  v mode  ? help  q quit
    "#);
}

#[test]
fn a_shard_narrows_the_records_and_tells_everything_about_itself() {
    let mut stage = reading_orders(140, 40);
    stage.keys("2 G");
    assert_snapshot!(stage.screen(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only                                                                          12:03 UTC
    ╭ 1 Streams ──────────── 3 ╮╭ 2 Shards · orders ─────────────────────────╮╭ 3 Records · orders · ● LIVE from 11:58 ──── 1 · only …3333cc56 ╮
    │ ● orders          NEW+OLD││▾ all shards            2/2 caught up  0.1/s││12:03:03 - REMOVE ord#17 2 attributes                       42 B│
    │▸● payments +1         NEW││ ▾ 03:43:05 …0000f35f closed before start   ││                                                                │
    │ ○ audit               off││ ▾ 07:43:05 …1111aa12 closed before start   ││                                                                │
    │                          ││    11:43:05 …2222bb34 open   reads  2     █││                                                                │
    │                          ││    11:43:05 …3333cc56 open   reads  1     █││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    ╰──────────────────────────╯╰────────────────────────────────────────────╯╰─ order across shards is approximate ───────────────────────────╯
    ╭ 4 Diff · ord#17 · REMOVE · 2 changes ──────────────────────────────────────────────────────────────────────────────── changed only · 1/2 ╮
    │ - pk      "ord#92"                                                                                                                       │
    │ - status  "NEW"                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╯
                   █ 15m   +1 ~1 -1   lag 0.0s   2.0 calls/s ≈ $0.03/day    Enter records  / filter  h fold  l unfold  o order  ? help  q quit
    "#);
    stage.keys("i");
    assert_snapshot!(stage.screen(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only                                                                          12:03 UTC
    ╭ 1 Streams ──────────── 3 ╮╭ 2 Shards · orders ─────────────────────────╮╭ 3 Records · orders · ● LIVE from 11:58 ──── 1 · only …3333cc56 ╮
    │ ● orders          NEW+OLD││▾ all shards            2/2 caught up  0.1/s││12:03:03 - REMOVE ord#17 2 attributes                       42 B│
    │▸● payments +1         NEW││ ▾ 03:43:05 …0000f35f closed before start   ││                                                                │
    │ ○ audit               off││ ▾ 07:43:05 …1111aa12 closed before start   ││                                                                │
    │                          ││    11:43:05 …2222bb34 open   reads  2     █││                                                                │
    │                          ││    11:43:05 …3333cc56 open   reads  1     █││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                       ╭ Shard …3333cc56 · Esc closes ────────────────────────────────────────────────────────────╮                       │
    │                       │ shard              shardId-00000001791286985000-3333cc56                                 │                       │
    │                       │ parent             shardId-00000001791272585000-1111aa12                                 │                       │
    │                       │ starts at          100000000000000000001                                                 │                       │
    │                       │ ends at            —                                                                     │                       │
    │                       │ created            2026-10-06 11:43:05 UTC                                               │                       │
    │                       │ state              reading                                                               │                       │
    │                       │ records            1                                                                     │                       │
    │                       │ bytes              342                                                                   │                       │
    │                       │ rate               0.0/s                                                                 │                       │
    ╰───────────────────────│ last read          100000000000000000003                                                 │───────────────────────╯
    ╭ 4 Diff · ord#17 · REMO│ last answer        0.0s ago                                                              │─── changed only · 1/2 ╮
    │ - pk      "ord#92"    │ iterators renewed  0                                                                     │                       │
    │ - status  "NEW"       ╰──────────────────────────────────────────────────────────────────────────────────────────╯                       │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╯
                   █ 15m   +1 ~1 -1   lag 0.0s   2.0 calls/s ≈ $0.03/day    Enter records  / filter  h fold  l unfold  o order  ? help  q quit
    "#);
}

#[test]
fn records_are_filtered_while_the_text_is_typed() {
    let mut stage = reading_orders(80, 24);
    stage.keys("/ vIp");
    assert_snapshot!(stage.screen(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only              12:03 UTC
      1 Streams   2 Shards  [3 Records]  4 Diff
    ╭ 3 Records · orders · ● LIVE from 11:58 ───────────────────────── /vIp 1 of 3 ╮
    │12:03:04 ~ MODIFY ord#91 lines +3                                        269 B│
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    ╰─ order across shards is approximate ─────────────────────────────────────────╯
     filter text › vIp▏                               1 of 3 · Enter keep  Esc undo
    "#);
    stage.keys("Esc");
    assert!(stage.screen().contains("ord#17"));
}

#[test]
fn scrolling_up_stops_following_and_says_how_many_came() {
    let mut stage = reading_orders(80, 24);
    stage.keys("k");
    let [_, _, left, _] = split();
    stage.arrive(&left, &[record(7, 0, "INSERT", "ord#93", "", r#"{"pk":{"S":"ord#93"}}"#)], false);
    assert!(stage.screen().contains("↓ 1 came since · G follows again"));
    stage.keys("G");
    let screen = stage.screen();
    assert!(screen.contains("● LIVE") && !screen.contains("came since"), "{screen}");
}

#[test]
fn several_streams_are_read_together_with_the_name_of_the_table() {
    let mut stage = Stage::ready(140, 40, shop());
    stage.keys("Space Space Enter");
    let [_, _, left, _] = split();
    stage.arrive(&left, &[record(1, -3, "INSERT", "ord#92", "", r#"{"pk":{"S":"ord#92"}}"#)], false);
    let one = record(1, -2, "MODIFY", "pay#1", "", r#"{"pk":{"S":"pay#1"},"n":{"N":"1"}}"#);
    stage.arrive(&crate::stage::payments(), &[one.replace("NEW_AND_OLD_IMAGES", "NEW_IMAGE")], false);
    assert_snapshot!(stage.screen(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only                                                                          12:03 UTC
    ╭ 1 Streams ──────────── 3 ╮╭ 2 Shards · orders, payments ───────────────╮╭ 3 Records · 2 streams · catching up from 11:58 ───────────── 2 ╮
    │ ● orders          NEW+OLD││▾ all shards            2/3 caught up  0.1/s││12:03:02 + INSERT orders   ord#92 1 attribute               21 B│
    │▸● payments +1         NEW││ ▾ orders                           4 shards││12:03:03 ~ MODIFY payments pay#1  2 attributes now          34 B│
    │ ○ audit               off││  ▾ 03:43:05 …0000f35f closed before start  ││                                                                │
    │                          ││  ▾ 07:43:05 …1111aa12 closed before start  ││                                                                │
    │                          ││     11:43:05 …2222bb34 open     1     █ 50%││                                                                │
    │                          ││     11:43:05 …3333cc56 open   reading      ││                                                                │
    │                          ││ ▾ payments                          1 shard││                                                                │
    │                          ││    10:23:05 …aaaa0001 open   reads  1     █││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    ╰──────────────────────────╯╰────────────────────────────────────────────╯╰─ order across tables is approximate ───────────────────────────╯
    ╭ 4 Diff · pay#1 · MODIFY ─────────────────────────────────────────────────────────────────────────────────────────────────── changed only ╮
    │   NEW_IMAGE: there is no old image, so what changed is not known.                                                                        │
    │   now                                                                                                                                    │
    │   n   1                                                                                                                                  │
    │   pk  "pay#1"                                                                                                                            │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    │                                                                                                                                          │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╯
                   █ 15m   +1 ~1 -0   behind 6.0s   2.0 calls/s ≈ $0.03/day     Enter open  / filter  v mode  f follow  P stop  ? help  q quit
    "#);
}

#[test]
fn an_empty_pane_proves_life() {
    let mut stage = Stage::ready(80, 24, shop());
    stage.keys("Enter");
    let [_, _, left, right] = split();
    for _ in 0..5 {
        stage.arrive(&left, &[], false);
        stage.arrive(&right, &[], false);
    }
    stage.pass(2);
    let screen = stage.screen();
    assert!(screen.contains("2/2 shards caught up 2.0s ago · nothing since 12:03:09"), "{screen}");
}

#[test]
fn help_is_made_from_the_table_of_keys() {
    let mut stage = Stage::ready(80, 24, shop());
    stage.keys("? G");
    let help = stage.screen();
    for binding in dynascope::ui::keymap::BINDINGS.iter().take(3) {
        assert!(!binding.help.is_empty());
    }
    assert!(help.contains("Help · Esc closes") && help.contains("stop reading"), "{help}");
    stage.keys("Esc");
    assert!(!stage.screen().contains("Help"));
}

#[test]
fn a_small_terminal_says_so() {
    let mut stage = Stage::ready(39, 12, shop());
    assert_eq!(stage.screen().trim(), "too small: 40x12 needed");
}

/// A change as a stream of another view type would bring it.
fn seen_by(view_type: &str, event: &str, old: &str, new: &str) -> String {
    let mut stage = Stage::ready(100, 30, shop());
    stage.keys("Enter");
    let [_, _, left, _] = split();
    let one = record(1, 0, event, "ord#91", old, new).replace("NEW_AND_OLD_IMAGES", view_type);
    stage.arrive(&left, &[one], false);
    stage.draw();
    let document = stage.state.diff.document.as_ref().unwrap();
    let row = |row: &dynascope::app::document::DocumentRow| {
        let texts: Vec<&str> = row.texts().collect();
        format!("{} {}\n", row.kind.sign(), texts.join(" | "))
    };
    document.rows.iter().map(row).collect()
}

#[test]
fn an_image_that_does_not_exist_is_never_shown_as_added_or_removed() {
    let item = r#"{"pk":{"S":"ord#91"},"n":{"N":"1"}}"#;
    assert_snapshot!(seen_by("NEW_IMAGE", "MODIFY", "", item), @r#"
    NEW_IMAGE: there is no old image, so what changed is not known.
    now
    n | 1
    pk | "ord#91"
    "#);
    assert_snapshot!(seen_by("OLD_IMAGE", "MODIFY", item, ""), @r#"
    OLD_IMAGE: there is no new image, so what changed is not known.
    y g copies a get-item command for the item as it is now in the table.
    before
    n | 1
    pk | "ord#91"
    "#);
    assert_snapshot!(seen_by("KEYS_ONLY", "MODIFY", "", ""), @r#"
    KEYS_ONLY: there is neither image, so only the keys are known.
    y g copies a get-item command for the item as it is now in the table.
    keys
    pk | "ord#91"
    "#);
    assert_snapshot!(seen_by("NEW_IMAGE", "REMOVE", "", ""), @r#"
    NEW_IMAGE: there is no old image, so what was removed is not known.
    keys
    pk | "ord#91"
    "#);
    assert_snapshot!(seen_by("OLD_IMAGE", "INSERT", "", ""), @r#"
    OLD_IMAGE: there is no new image, so what was inserted is not known.
    y g copies a get-item command for the item as it is now in the table.
    keys
    pk | "ord#91"
    "#);
    assert_snapshot!(seen_by("NEW_IMAGE", "INSERT", "", item), @r#"
    + n | 1
    + pk | "ord#91"
    "#);
    assert_snapshot!(seen_by("OLD_IMAGE", "REMOVE", item, ""), @r#"
    - n | 1
    - pk | "ord#91"
    "#);
}

#[test]
fn deletions_by_time_to_live_are_marked() {
    let mut stage = reading_orders(80, 24);
    let [_, _, left, _] = split();
    let ttl = record(9, 0, "REMOVE", "ord#5", r#"{"pk":{"S":"ord#5"}}"#, "");
    let identity = r#"{"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"#;
    stage.arrive(&left, &[ttl.replacen('{', identity, 1)], false);
    let screen = stage.screen();
    assert!(screen.contains("- REMOVE ord#5  TTL 1 attribute "), "{screen}");
}

#[test]
fn a_click_selects_a_row_and_the_wheel_moves_it() {
    use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut stage = reading_orders(140, 40);
    let mut mouse = |kind, column, row| {
        let event = Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
        if let Some(action) = dynascope::ui::keymap::action(&stage.state, &event) {
            stage.act(action);
        }
        (stage.state.focus, stage.state.shards.cursor)
    };
    let pane = dynascope::app::Pane::Shards;
    assert_eq!(mouse(MouseEventKind::Down(MouseButton::Left), 40, 5), (pane, 3));
    assert_eq!(mouse(MouseEventKind::ScrollUp, 40, 9), (pane, 2));
    assert_eq!(mouse(MouseEventKind::Down(MouseButton::Left), 40, 20), (pane, 2), "below the last row");
}

#[test]
fn no_colour_and_ascii_still_say_everything() {
    let mut stage = reading_orders(100, 24);
    stage.theme = stage.theme.without_colour().in_ascii();
    let buffer = stage.draw();
    assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()), "{}", stage.screen());
    let is_plain = |cell: &ratatui::buffer::Cell| {
        [cell.fg, cell.bg].iter().all(|colour| *colour == ratatui::style::Color::Reset)
    };
    assert!(buffer.content.iter().all(is_plain));
    assert!(stage.screen().contains("~ status        \"PENDING\" > \"PAID\""), "{}", stage.screen());
}

#[test]
fn find_goes_from_one_to_the_next_and_around() {
    let mut stage = reading_orders(140, 40);
    stage.keys("4 / pa Enter");
    let at = |stage: &Stage| stage.state.diff.cursor;
    assert_eq!((at(&stage), stage.state.diff.found.clone()), (1, vec![1]));
    stage.keys("Esc / e Enter");
    let rows = stage.state.diff.found.clone();
    assert!(rows.len() > 1, "{rows:?}");
    let first = at(&stage);
    for _ in 0..rows.len() {
        stage.keys("n");
    }
    assert_eq!(at(&stage), first);
    stage.keys("n N");
    assert_eq!(at(&stage), first);
    stage.keys("g ]");
    assert_eq!(at(&stage), 1);
    stage.keys("[");
    assert_eq!(at(&stage), 0);
}

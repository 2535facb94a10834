//! Prepared roads and places with names.

use store::{Lane, NamedPlaceRow, RoadClosureRow, RoadGraphRow, Store};

use crate::harness::seed::{MORNING, id};

fn graph(number: u128, content: &[u8]) -> RoadGraphRow {
    RoadGraphRow {
        road_graph_id: id(number),
        made_at: MORNING + i64::try_from(number).unwrap(),
        source: "town.osm.pbf".into(),
        counts_json: "{}".into(),
        content_bytes: i64::try_from(content.len()).unwrap(),
        content_hash: vec![1, 2, 3],
    }
}

async fn new_roads_take_the_place_of_old_ones_and_are_news(store: Store) {
    let before = store.read().await.unwrap().register_state().await.unwrap();
    assert_eq!(store.read().await.unwrap().road_graph().await.unwrap(), None);
    // Three parts: a mebibyte each but the last.
    let content: Vec<u8> = (0..(5_u32 << 19)).map(|n| u8::try_from(n % 251).unwrap()).collect();
    for number in [1, 2] {
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let content = &content[usize::try_from(number).unwrap()..];
        tx.replace_road_graph(&graph(number, content), content).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.road_graph().await.unwrap(), Some(graph(2, &content[2..])));
    assert_eq!(tx.road_graph_content(id(2)).await.unwrap(), content[2..]);
    assert_eq!(tx.road_graph_content(id(1)).await.unwrap(), Vec::<u8>::new());
    assert_ne!(tx.register_state().await.unwrap(), before);
}

async fn places_are_replaced_as_a_whole(store: Store) {
    let place = |key: &str, kind: &str, name_en: Option<&str>| NamedPlaceRow {
        place_key: key.into(),
        kind: kind.into(),
        name: "白银市第一人民医院".into(),
        name_zh: None,
        name_en: name_en.map(str::to_owned),
        lon: 104.17,
        lat: 36.55,
        detail: String::new(),
    };
    let many: Vec<NamedPlaceRow> =
        (0..700).map(|n| place(&format!("n{n:03}"), "hospital", Some("First Hospital"))).collect();
    let few = vec![place("w1", "parking", None), place("w1", "street_parking", None)];
    for places in [&many, &few] {
        let twice = [places.as_slice(), &places[..1]].concat();
        let mut tx = store.begin(Lane::Command).await.unwrap();
        tx.replace_named_places(&twice).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.read().await.unwrap();
        assert_eq!(&tx.named_places().await.unwrap(), places);
        assert_eq!(tx.count_named_places().await.unwrap(), i64::try_from(places.len()).unwrap());
    }
}

fn closure(number: u128, from_at: i64, until_at: Option<i64>) -> RoadClosureRow {
    RoadClosureRow {
        road_closure_id: id(number),
        street: Some("人民路".into()),
        at_lon: None,
        at_lat: None,
        to_lon: None,
        to_lat: None,
        direction: "both".into(),
        pace_pct: 0,
        from_at,
        until_at,
        reason: "道路施工".into(),
        created_at: MORNING,
        ended_at: None,
    }
}

async fn a_closure_of_a_street_holds_from_its_begin_to_its_end(store: Store) {
    let piece = RoadClosureRow {
        street: None,
        at_lon: Some(104.17),
        at_lat: Some(36.55),
        pace_pct: 40,
        ..closure(2, MORNING + 10, None)
    };
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.insert_road_closure(&closure(1, MORNING, Some(MORNING + 20))).await.unwrap();
    tx.insert_road_closure(&piece).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for (at, in_force, not_over) in [
        (MORNING - 1, vec![], vec![2, 1]),
        (MORNING, vec![1], vec![2, 1]),
        (MORNING + 10, vec![1, 2], vec![2, 1]),
        (MORNING + 20, vec![2], vec![2]),
    ] {
        let ids = |rows: Vec<RoadClosureRow>| -> Vec<u128> {
            rows.iter().map(|row| row.road_closure_id.as_u128()).collect()
        };
        assert_eq!(ids(tx.road_closures_in_force(at).await.unwrap()), in_force, "{at}");
        assert_eq!(ids(tx.road_closures(at, 10).await.unwrap()), not_over, "{at}");
        let count = i64::try_from(not_over.len()).unwrap();
        assert_eq!(tx.count_road_closures(at).await.unwrap(), count);
    }
    assert_eq!(tx.road_closure(id(2)).await.unwrap(), Some(piece));
    assert_eq!(tx.road_closure(id(3)).await.unwrap(), None);
    assert!(tx.end_road_closure(id(2), MORNING + 30).await.unwrap());
    for over in [id(1), id(2), id(3)] {
        assert!(!tx.end_road_closure(over, MORNING + 40).await.unwrap());
    }
    assert_eq!(tx.road_closures_in_force(MORNING + 30).await.unwrap(), []);
    assert_eq!(tx.road_closures(i64::MIN, 10).await.unwrap().len(), 2);
    assert_eq!(tx.road_closures(i64::MIN, 1).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

on_both_databases! {
    a_closure_of_a_street_holds_from_its_begin_to_its_end,
    new_roads_take_the_place_of_old_ones_and_are_news,
    places_are_replaced_as_a_whole,
}

//! Prepared roads and places with names.

use store::{Lane, NamedPlaceRow, RoadGraphRow, Store};

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

on_both_databases! {
    new_roads_take_the_place_of_old_ones_and_are_news,
    places_are_replaced_as_a_whole,
}

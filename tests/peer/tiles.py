"""Reads the tiles of a demo town with PyPI's mapbox-vector-tile, which shares no code with what wrote them.

Every bay of the town must stand in its tile where the API says it is, to a unit of the tile, at every zoom that has bays;
every street must have its name; and no tile may have a field beyond names and codes.

    python tests/peer/tiles.py PATH_OF_THE_GATEWAY_PROGRAM

Prints one line a check; exit code 1 if one failed.
"""

import gzip
import json
import math
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from mapbox_vector_tile import decode

EXTENT = 4096
FIELDS = {
    "road": {"class", "name", "name_en", "one_way"},
    "block": {"block", "street", "street_en"},
    "bay": {"code"},
    "bay_point": {"code"},
    "place": {"kind", "name", "name_en"},
}
STREETS = {"人民路", "公园路"}


def get(url):
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        body = answer.read()
        return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body


def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ready(base):
    for _ in range(600):
        try:
            return json.loads(get(f"{base}/tiles/layout.json"))
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    sys.exit("the demo did not answer within a minute")


def tile_of(zoom, lon, lat):
    """OpenStreetMap wiki, "Slippy map tilenames": tile and place in it, in units from its north-west corner."""
    side = 2**zoom
    x = (lon + 180) / 360 * side
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side
    return int(x), int(y), (x % 1) * EXTENT, (y % 1) * EXTENT


def middle(geometry):
    points = geometry["coordinates"]
    if geometry["type"] == "Point":
        return points
    ring = points[0][:4]
    return [sum(axis) / len(ring) for axis in zip(*ring)]


def check(base, layout):
    bays, tiles, worst, streets, fields = [], {}, 0.0, set(), set()
    west, south, east, north = layout["bounds"]
    url = f"{base}/api/v1/bays?lon={(west + east) / 2}&lat={(south + north) / 2}&radius_m=20000&limit=200"
    bays = json.loads(get(url))["bays"]
    for zoom in (14, 15, 16, 17, 18):
        name = "bay_point" if zoom < 16 else "bay"
        for bay in bays:
            x, y, right, down = tile_of(zoom, bay["lon"], bay["lat"])
            url = layout["tiles"][0].format(z=zoom, x=x, y=y)
            if url not in tiles:
                tiles[url] = decode(get(url), default_options={"y_coord_down": True})
            tile = tiles[url]
            for layer in tile:
                for feature in tile[layer]["features"]:
                    fields |= {(layer, key) for key in feature["properties"]}
            streets |= {road["properties"].get("name") for road in tile["road"]["features"]}
            found = [one for one in tile[name]["features"] if one["properties"]["code"] == bay["bay_code"]]
            assert len(found) == 1, f"{bay['bay_code']} is {len(found)} times in {url}"
            at = middle(found[0]["geometry"])
            worst = max(worst, abs(at[0] - right), abs(at[1] - down))
    unknown = {f"{layer}.{key}" for layer, key in fields if key not in FIELDS.get(layer, ())}
    return [
        (f"{len(bays)} bays in {len(tiles)} tiles stand where they are, to {worst:.2f} units", len(bays) > 100 and worst <= 1.0),
        (f"streets have their names: {'、'.join(sorted(filter(None, streets)))}", STREETS <= streets),
        (f"fields are names and codes{': not ' + ', '.join(sorted(unknown)) if unknown else ''}", not unknown),
    ]


def main():
    with tempfile.TemporaryDirectory(prefix="bowei-peer-") as folder:
        http, mqtt = free_port(), free_port()
        arguments = ["demo", "--data", folder, "--http", f"127.0.0.1:{http}", "--mqtt", f"127.0.0.1:{mqtt}"]
        demo = subprocess.Popen([sys.argv[1], *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            base = f"http://127.0.0.1:{http}"
            checks = check(base, ready(base))
        finally:
            demo.terminate()
            demo.wait(30)
    for what, is_right in checks:
        print(f"mapbox-vector-tile: {'ok  ' if is_right else 'FAIL'} {what}")
    sys.exit(0 if all(is_right for _, is_right in checks) else 1)


if __name__ == "__main__":
    main()

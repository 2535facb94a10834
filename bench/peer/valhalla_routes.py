"""Finds ways with Valhalla (PyPI: pyvalhalla) on the file and between the places that `bench routes` made.

Usage: valhalla_routes.py MAP.osm.pbf PAIRS.txt FOLDER

Prints one line of JSON: distances in metres, seconds from the first answer to the last, the version;
or {"unavailable": "why"} where there is no pyvalhalla.

By itself Valhalla leaves small streets out of the middle of a way, even of the shortest. It is timed like that, which is
quicker; its distances are those of a second round without that, since only they are the least.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def say(answer):
    print(json.dumps(answer))
    sys.exit(0)


try:
    import valhalla
except ImportError:
    version = ".".join(str(n) for n in sys.version_info[:2])
    say({"unavailable": f"no pyvalhalla for this Python {version}: pyvalhalla 3.9.1 needs Python 3.12 or newer"})

from importlib.metadata import packages_distributions, version

map_file, pairs_file, folder = (Path(argument) for argument in sys.argv[1:4])
(folder / "tiles").mkdir(parents=True, exist_ok=True)
(folder / "tiles.tar").touch()
config = valhalla.get_config(tile_extract=str(folder / "tiles.tar"), tile_dir=str(folder / "tiles"), verbose=False)
config["service_limits"]["max_distance_disable_hierarchy_culling"] = 10_000_000
config_file = folder / "valhalla.json"
config_file.write_text(json.dumps(config))
# The package looks its programs up in PATH, where those of a virtual environment are only if it is activated.
path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
built = subprocess.run(
    [sys.executable, "-m", "valhalla", "valhalla_build_tiles", "-c", str(config_file), str(map_file)],
    capture_output=True,
    text=True,
    env={**os.environ, "PATH": path},
)
if built.returncode != 0:
    say({"unavailable": f"the tiles could not be built: {built.stderr[-300:]}"})

actor = valhalla.Actor(config)
pairs = []
for line in pairs_file.read_text().splitlines():
    (a, b), (c, d) = (place.split(",") for place in line.split())
    pairs.append(((float(a), float(b)), (float(c), float(d))))


def ask(begin, end, every_street=False):
    question = {
        "locations": [{"lon": begin[0], "lat": begin[1]}, {"lon": end[0], "lat": end[1]}],
        "costing": "auto",
        "costing_options": {"auto": {"shortest": True, "disable_hierarchy_pruning": every_street}},
        "units": "kilometers",
        "language": "en-US",
    }
    try:
        return actor.route(json.dumps(question))
    except RuntimeError:
        return None


ask(*pairs[0])
began = time.perf_counter()
for pair in pairs[1:]:
    ask(*pair)
seconds = time.perf_counter() - began
answers = [ask(*pair, every_street=True) for pair in pairs]


def metres(answer):
    if answer is None:
        return None
    trip = json.loads(answer) if isinstance(answer, str) else answer
    return trip["trip"]["summary"]["length"] * 1000.0


name = packages_distributions().get("valhalla", ["pyvalhalla"])[0]
say({"version": f"{name} {version(name)}", "seconds": seconds, "distances_m": [metres(answer) for answer in answers]})

"""Transcribes speech with Whisper, for the server that starts it.

Usage: python worker.py MODEL THREADS NICENESS

It reads a command from each line of its standard input, and writes a report to each line of its standard output, both JSON. One
command is carried out at a time. It ends when its input ends, even in the middle of a command.
"""

import base64
import json
import math
import os
import queue
import sys
import threading

# Nothing is fetched, whatever the libraries would like.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TQDM_DISABLE"] = "1"
# Calls come first.
os.nice(int(sys.argv[3]))

import numpy  # noqa: E402
from faster_whisper import WhisperModel  # noqa: E402

BEAM_SIZE = 5

# Only reports may be on the standard output, also if a library prints.
reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

commands = queue.Queue()
aborted = set()


def report(message):
    reports.write(json.dumps(message) + "\n")
    reports.flush()


def read_commands():
    for line in sys.stdin.buffer:
        command = json.loads(line)
        if command["type"] == "abort":
            aborted.add(command["id"])
        else:
            commands.put(command)
    os._exit(0)


def sound_of(command):
    """Returns the path of a WAV file, or the samples of a short utterance."""
    if "file" in command:
        return command["file"]
    return numpy.frombuffer(base64.b64decode(command["pcm"]), dtype="<i2").astype(numpy.float32) / 32768


def transcribe(model, command):
    number = command["id"]
    is_file = "file" in command
    segments, info = model.transcribe(
        sound_of(command),
        language=command.get("language"),
        beam_size=BEAM_SIZE if is_file else 1,
        # An utterance has been cut out by a detector of speech already.
        vad_filter=is_file,
        word_timestamps=is_file,
        # Without it, one wrong sentence repeats itself to the end.
        condition_on_previous_text=False,
        hotwords=", ".join(command.get("vocabulary", [])) or None,
        without_timestamps=not is_file,
    )
    report({"type": "started", "id": number, "language": info.language, "duration": info.duration})
    for segment in segments:
        if number in aborted:
            break
        report(
            {
                "type": "segment",
                "id": number,
                "start": segment.start,
                "end": segment.end,
                "text": segment.text.strip(),
                "confidence": round(min(1.0, math.exp(segment.avg_logprob)), 3),
                "words": [
                    {"start": word.start, "end": word.end, "text": word.word.strip()}
                    for word in segment.words or []
                ],
            }
        )
    report({"type": "finished", "id": number})


def main():
    folder, threads, _ = sys.argv[1:]
    model = WhisperModel(
        folder, device="cpu", compute_type="int8", cpu_threads=int(threads), local_files_only=True
    )
    threading.Thread(target=read_commands, daemon=True).start()
    report({"type": "ready", "languages": model.supported_languages})
    while True:
        command = commands.get()
        number = command["id"]
        if number in aborted:
            report({"type": "finished", "id": number})
            continue
        try:
            transcribe(model, command)
        except Exception as error:  # A sound that can't be read must not end the process.
            report({"type": "failed", "id": number, "message": f"{type(error).__name__}: {error}"})
        aborted.discard(number)


main()

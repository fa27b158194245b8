"""Train a small network on scikit-learn's handwritten digits, and look at what it learned.

    python examples/digits.py --epochs 40 --seed 0 --out out/digits

Everything random comes from one seeded generator, so a second run with the same seed gives the same numbers.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

import autograd as torch
import nn
import nn.functional as F
import optim

try:
    import graphviz  # noqa: F401  (make_dot imports it after training: better to miss it now)
    from matplotlib.figure import Figure
    from sklearn.datasets import load_digits
    from sklearn.metrics import classification_report, confusion_matrix
    from sklearn.model_selection import train_test_split
    from tqdm import tqdm
except ImportError as error:
    raise SystemExit(
        f'ImportError: this example needs {error.name}: pip install ".[examples]" in the folder of the project'
    ) from None

BLUE, ORANGE, RED, GREY = "#2b6cb0", "#dd6b20", "#c53030", "#4a5568"


def load_splits():
    """Train, validation and test set (70, 15, 15 %), whatever the seed: images (N, 64) in [-1, 1], labels (N,)."""
    images, labels = load_digits(return_X_y=True)
    images = images / 8 - 1  # the pixels are 0 to 16
    train, rest, train_labels, rest_labels = train_test_split(
        images, labels, test_size=0.3, stratify=labels, random_state=0
    )
    validation, test, validation_labels, test_labels = train_test_split(
        rest, rest_labels, test_size=0.5, stratify=rest_labels, random_state=0
    )
    pairs = (train, train_labels), (validation, validation_labels), (test, test_labels)
    return [(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.int64)) for x, y in pairs]


def make_model():
    return nn.Sequential(
        nn.Linear(64, 256),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(128, 10),
    )


def accuracy(logits, labels) -> float:
    return (logits.argmax(1) == labels).float().mean().item()


def evaluate(model, images, labels):
    """Logits, loss and accuracy with dropout off and nothing recorded."""
    model.eval()
    with torch.no_grad():
        logits = model(images)
        return logits, F.cross_entropy(logits, labels).item(), accuracy(logits, labels)


def train_epoch(model, optimizer, batches, bar):
    """Mean loss and accuracy over the batches, each measured just before its step."""
    model.train()
    totals = np.zeros(2)
    count = 0
    for images, labels in batches:
        optimizer.zero_grad()
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        totals += len(labels) * np.array([loss.item(), accuracy(logits, labels)])
        count += len(labels)
        bar.update()
    return totals / count


def fit(model, train, validation, epochs, batch_size, learning_rate):
    """Train, and leave in `model` the weights of the epoch with the lowest validation loss."""
    optimizer = optim.Adam(model.parameters(), lr=learning_rate)
    images, labels = train
    history = {"train_loss": [], "train_accuracy": [], "validation_loss": [], "validation_accuracy": []}
    lowest_loss = math.inf
    in_terminal = sys.stderr.isatty()  # a log gets a line for each epoch in place of the bar
    for epoch in range(1, epochs + 1):
        order = torch.randperm(len(images)).split(batch_size)
        title = f"epoch {epoch:>{len(str(epochs))}}/{epochs}"
        with tqdm(total=len(order), desc=title, unit="batch", disable=not in_terminal) as bar:
            batches = ((images[i], labels[i]) for i in order)
            train_loss, train_accuracy = train_epoch(model, optimizer, batches, bar)
            _, validation_loss, validation_accuracy = evaluate(model, *validation)
            summary = f"loss {train_loss:.4f}, validation accuracy {validation_accuracy:.2%}"
            bar.set_postfix_str(summary, refresh=False)
        if not in_terminal:
            print(f"{title}: {summary}", file=sys.stderr)
        measured = (train_loss, train_accuracy, validation_loss, validation_accuracy)
        for values, value in zip(history.values(), measured, strict=True):
            values.append(float(value))
        if not math.isfinite(validation_loss):
            raise SystemExit(f"The validation loss became {validation_loss} in epoch {epoch}: try a smaller --lr")
        if validation_loss < lowest_loss:
            lowest_loss, best_epoch = validation_loss, epoch
            best_weights = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(best_weights)
    return history, best_epoch


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes `path`'s place once it is whole, so that a stopped run leaves no half-written result."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def save_figure(figure, path):
    with replacing(path) as file:
        figure.savefig(file, format="png", dpi=150)


def draw_curves(history, best_epoch):
    figure = Figure(figsize=(10, 4), layout="constrained")
    epochs = range(1, len(history["train_loss"]) + 1)
    for axes, what in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(epochs, history[f"train_{what}"], color=BLUE, label="train (with dropout)")
        axes.plot(epochs, history[f"validation_{what}"], color=ORANGE, label="validation")
        axes.axvline(best_epoch, color=GREY, linestyle=":", label=f"kept: epoch {best_epoch}")
        axes.set(title=what.capitalize(), xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    figure.axes[0].set_yscale("log")
    figure.axes[1].yaxis.set_major_formatter("{x:.0%}")
    return figure


def draw_confusion(labels, predicted):
    counts = confusion_matrix(labels, predicted, labels=range(10))
    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts, cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            wrong = row != column
            color = RED if wrong else "white" if count > counts.max() / 2 else "black"
            axes.text(column, row, count, ha="center", va="center", color=color, weight="bold" if wrong else None)
    axes.set(xticks=range(10), yticks=range(10), xlabel="predicted", ylabel="true")
    axes.set_title(f"{np.trace(counts)} of {counts.sum()} test images right")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def draw_predictions(images, labels, logits):
    """The 15 test images the network is least sure of, the least sure first."""
    confidence, predicted = (x.numpy() for x in logits.softmax(1).max(1))
    figure = Figure(figsize=(10, 7), layout="constrained")
    figure.suptitle("The 15 test images the network is least sure of")
    for axes, i in zip(figure.subplots(3, 5).flat, confidence.argsort(kind="stable"), strict=False):
        right = predicted[i] == labels[i]
        axes.imshow(images[i].reshape(8, 8), cmap="gray_r")
        axes.set(xticks=[], yticks=[])
        axes.set_title(
            f"{'✓' if right else '✗'} predicted {predicted[i]} ({confidence[i]:.0%})\ntrue {labels[i]}",
            color=GREY if right else RED,
            weight="normal" if right else "bold",
            fontsize=10,
        )
        axes.spines[:].set(color=GREY if right else RED, linewidth=1 if right else 3)
    return figure


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1e-3, help="Adam's learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/digits"), help="folder for the results")
    arguments = parser.parse_args()
    if arguments.epochs < 1 or arguments.batch_size < 1:
        parser.error("--epochs and --batch-size are at least 1")
    return arguments


def main():
    arguments = parse_arguments()
    torch.manual_seed(arguments.seed)
    train, validation, test = load_splits()
    model = make_model()
    history, best_epoch = fit(model, train, validation, arguments.epochs, arguments.batch_size, arguments.lr)

    images, labels = test
    logits, test_loss, test_accuracy = evaluate(model, images, labels)
    predicted = logits.argmax(1)
    print(f"\nTest set, with the weights of epoch {best_epoch} (lowest validation loss):\n")
    print(classification_report(labels.numpy(), predicted.numpy(), digits=3))

    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    with replacing(out / "weights.npz") as file:
        np.savez(file, **{name: value.numpy() for name, value in model.state_dict().items()})
    metrics = {
        "seed": arguments.seed,
        "best_epoch": best_epoch,
        "test_accuracy": test_accuracy,
        "test_loss": test_loss,
        "history": history,
    }
    with replacing(out / "metrics.json") as file:
        file.write(json.dumps(metrics, indent=2).encode())
    save_figure(draw_curves(history, best_epoch), out / "curves.png")
    save_figure(draw_confusion(labels.numpy(), predicted.numpy()), out / "confusion.png")
    save_figure(draw_predictions(images.numpy(), labels.numpy(), logits), out / "predictions.png")
    model.train()
    loss = F.cross_entropy(model(train[0][: arguments.batch_size]), train[1][: arguments.batch_size])
    with replacing(out / "graph.svg") as file:
        file.write(torch.make_dot(loss, params={**dict(model.named_parameters()), "loss": loss}).pipe(format="svg"))
    print(f"Test accuracy {test_accuracy:.2%}. Left in {out}: {', '.join(sorted(path.name for path in out.iterdir()))}")


if __name__ == "__main__":
    main()

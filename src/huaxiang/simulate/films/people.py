"""The people of the film example: who they are, and what of it has to do with what they like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from huaxiang.simulate.columns import Array


@dataclass(frozen=True)
class Trait:
    """Something that is known of a person: its values with their shares, and what each does to the taste for a genre.

    `lean` is in points of the scale of 0 to 10. A trait without it has nothing to do with taste.
    """

    name: str
    shares: Mapping[str, float]
    lean: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


TRAITS = (
    Trait(
        "gender",
        {"F": 0.5, "M": 0.5},
        {"F": {"Romance": 0.5, "Action": -0.5}, "M": {"Romance": -0.5, "Action": 0.5}},
    ),
    Trait(
        "relationship",
        {"single": 0.4, "together": 0.35, "married": 0.25},
        {"single": {"Romance": -0.5}, "together": {"Romance": 0.8}},
    ),
    Trait("phone_brand", {"Aurora": 0.3, "Beacon": 0.25, "Cirrus": 0.2, "Delta": 0.15, "Ember": 0.1}),
    Trait(
        "job",
        {"student": 0.25, "office": 0.3, "engineering": 0.15, "teaching": 0.15, "service": 0.15},
        {"student": {"Action": 0.7}, "teaching": {"Action": -0.8}},
    ),
    Trait("region", {"East": 0.3, "South": 0.25, "North": 0.2, "Central": 0.15, "West": 0.1}),
)
"""What is drawn for everybody, each on its own."""

GENRES = ("Action", "Romance", "Comedy", "Drama", "Sci-Fi")

LIKED = 6.0
"""The mean taste for any genre."""

SPREAD = 1.4
"""How much people differ in taste beyond what their traits say."""

COMMENTS = 12.0
TALKATIVE = 0.25
"""People write this many comments on average; by so much more, in logarithms, for each point of liking romance."""


@dataclass(frozen=True)
class People:
    """Everybody: the position of their value of each trait, their age, their comments, and their taste by genre."""

    traits: Mapping[str, Array]
    age: Array
    comments: Array
    taste: Mapping[str, Array]

    def values(self, trait: Trait) -> list[str]:
        """What everybody's value of a trait is."""
        words = list(trait.shares)
        return [words[position] for position in self.traits[trait.name].tolist()]


def make_people(random: np.random.Generator, size: int) -> People:
    """Draw `size` people."""
    traits = {trait.name: random.choice(len(trait.shares), size, p=list(trait.shares.values())) for trait in TRAITS}
    taste = {genre: LIKED + SPREAD * random.standard_normal(size) for genre in GENRES}
    for trait in TRAITS:
        for genre in GENRES:
            lean = [trait.lean.get(value, {}).get(genre, 0.0) for value in trait.shares]
            taste[genre] += np.array(lean)[traits[trait.name]]
    # Poisson with a gamma mean of shape 2: some write a lot, many nothing.
    mean = COMMENTS * np.exp(TALKATIVE * (taste["Romance"] - LIKED)) * random.gamma(2, 0.5, size)
    return People(traits, random.integers(16, 60, size), random.poisson(mean), taste)

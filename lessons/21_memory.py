# %% [markdown] slideshow={"slide_type": "slide"}
r"""
# 21 · What a model remembers

{{badges}}

TODO: one picture, or one question: what does this notebook answer?

**Aims.** TODO: what the reader will be able to do, in two or three sentences

**Time.** {{time}} TODO: seconds that the cells run on two CPU cores

**Before.** TODO: what to know, with links to the notebooks that teach it
"""

# %%
{{setup}}

# %% [markdown]
"""
TODO: a sentence on the cell above, which finds the helpers, and on what a GPU changes here
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
from lmteach.exercises import memory as check
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## TODO: the first rung of the ladder, named after its idea

TODO: a small example first, then the formula, then a guess that the reader makes

$$ y = 2 x \tag{21.1} $$
"""


# %% lmteach={"defines": "models.todo.mechanism"}
def mechanism(x):
    return 2 * x  # eq. 21.1 TODO: the mechanism as lmteach has it; say where in the metadata


mechanism(2)

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "TODO: the question, which can be read alone",
    {
        "TODO: a choice": "the reply to it",
        "TODO: another": "the reply to that",
    },
    right="TODO: a choice",
)

# %% tags=["answer"]
mechanism(3)  # TODO: the cell that answers; if it draws, tag it "folded", too, with a title

# %% [markdown]
"""
TODO: what to look for in the figure, before it is seen
"""

# %%
# TODO: a figure: display_figure(axes, alt="What is seen, in a sentence.")

# %% [markdown]
"""
TODO: what the figure said, and what to try in the interactive part
"""

# %% tags=["widget", "nbval-ignore-output"]
# TODO: a widget from lmteach.widgets, as the last line

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The equal sign

TODO: the independent references that the mechanism is compared with
"""

# %%
assert mechanism(2) == 4  # TODO: equal to lmteach's, and to a reference that others wrote

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

TODO: which row is added
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "TODO: the question, which can be read alone",
    {
        "TODO: a choice": "the reply to it",
        "TODO: another": "the reply to that",
    },
    right="TODO: a choice",
)

# %% tags=["answer"]
mechanism(4)  # TODO: the cell that answers; if it draws, tag it "folded", too, with a title

# %%
# TODO: record(thread, name, value, …), then table(thread, names) as the last line

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Spot the bug

TODO: where the wrong version is seen, without a word on what is wrong
"""

# %%
# TODO: the wrong version, run and measured

# %% [markdown]
"""
TODO: what was wrong, and how the measurement shows it; then mend it
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## In practice

TODO: the library that does this at work
"""

# %%
# TODO: the library at work, asserted to give the same answer

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Your turn

### Build it · mechanism (25 minutes, ●●○)

TODO: what is built, and which steps there are: the notebook's own mechanism, no cell retyped

#### Step 1 · first

TODO: what it takes, what it returns, a small case
"""


# %% tags=["exercise"]
def first(x):
    ### BEGIN SOLUTION
    return 2 * x  # TODO: two to six lines; those between the marks are the learner's
    ### END SOLUTION


check.first(first)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

TODO: a hint

</details>

<details><summary>Solution</summary>

{{solution}}

TODO: answers to what was asked, if anything was

</details>
"""

# %% [markdown]
"""
#### Step 2 · second

TODO: what it takes, what it returns
"""


# %% tags=["exercise"]
def second(x):
    ### BEGIN SOLUTION
    return x + 1  # TODO: the solution
    ### END SOLUTION


check.second(second)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

TODO: a hint

</details>

<details><summary>Solution</summary>

{{solution}}

TODO: answers to what was asked, if anything was

</details>
"""

# %% [markdown]
"""
#### Step 3 · third

TODO: the step that puts the others together
"""


# %% tags=["exercise"]
def third(x):
    ### BEGIN SOLUTION
    return x - 1  # TODO: the solution
    ### END SOLUTION


check.third(third)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

TODO: a hint

</details>

<details><summary>Solution</summary>

{{solution}}

TODO: answers to what was asked, if anything was

</details>
"""

# %% [markdown]
"""
### Exercise 1 · fourth (5 minutes, ●○○)

TODO: a small one
"""


# %% tags=["exercise"]
def fourth(x):
    ### BEGIN SOLUTION
    return x * x  # TODO: the solution
    ### END SOLUTION


check.fourth(fourth)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

TODO: a hint

</details>

<details><summary>Solution</summary>

{{solution}}

TODO: answers to what was asked, if anything was

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- TODO: the first of five lines that one should keep
- TODO: the second
- TODO: the third
- TODO: the fourth
- TODO: the fifth

**Further reading.** TODO: authors, titles and years, as in C. E. Shannon, "Prediction and Entropy" (1951)

**Next.** {{next}}: TODO: why one goes on
"""

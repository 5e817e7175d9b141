"""Makes www/prices.json, the table of prices, from the package genai-prices (MIT).

    python3 -m venv /tmp/prices && /tmp/prices/bin/pip install --upgrade genai-prices
    /tmp/prices/bin/python tests/prices.py > www/prices.json && cargo test -p tachikoma-forge cost

docs/prices.md says what the table holds and what is left out. What cannot be said exactly is left out and
named on stderr: an unknown price is better than a wrong one.
"""

import datetime
import json
import math
import re
import sys
from decimal import Decimal
from importlib.metadata import version

from genai_prices import types
from genai_prices.data import providers

NOW = datetime.datetime.now(datetime.timezone.utc)

# Our rows, and the provider of the source that they are. The router's models are named with who serves them.
ROWS = {
    'anthropic': 'anthropic',
    'openai': 'openai',
    'gemini': 'google',
    'cohere': 'cohere',
    'mistral': 'mistral',
    'deepseek': 'deepseek',
    'xai': 'x-ai',
    'groq': 'groq',
    'openrouter': 'openrouter',
    'together': 'together',
    'cerebras': 'cerebras',
}
ROUTER = 'huggingface'

# What runs on the user's own machine, the browser's model among it; a test holds this to the rows. The demo asks none.
FREE = [
    'aphrodite', 'browser', 'demo', 'fastchat', 'koboldcpp', 'llama-cpp', 'lm-studio', 'localai', 'ollama', 'tabbyapi',
    'text-generation-webui', 'vllm', 'vllm-guided',
]

# What a name may carry without being another model: `#` stands for a digit.
PREFIXES = ['models/']
SUFFIXES = ['-latest', '-####-##-##', '-########', '-##-####', '-####', '-###', '-##-##', '@########']

RATES = {
    'in': 'input_mtok',
    'out': 'output_mtok',
    'read': 'cache_read_mtok',
    'write': 'cache_write_mtok',
    'reasoning': 'output_reasoning_mtok',
}
# Models that do not converse, and prices of batches, which nobody waits for here.
NOT_OURS = re.compile(r'audio|realtime|transcribe|tts|embed|image|moderation|ocr|whisper|sora|veo|dall-e|:batch|^~')


def complain(*words):
    print(*words, file=sys.stderr)


def micro(dollars):
    """Dollars per million tokens as whole micro-dollars: the same as pico-dollars per token.

    What is left after the ninth digit is the noise of somebody's floats; what is left of a micro-dollar counts.
    """
    return math.ceil(round(Decimal(dollars), 9) * 1_000_000)


def current(model):
    """The prices that hold today. A discount for some hours of the day is left out: the dearer price stands."""
    if isinstance(model.prices, types.ModelPrice):
        return model.prices
    standard = model.prices[0].prices
    for conditional in model.prices:
        constraint = conditional.constraint
        if constraint is None:
            standard = conditional.prices
        elif isinstance(constraint, types.StartDateConstraint) and constraint.active(NOW):
            standard = conditional.prices
        elif isinstance(constraint, types.TimeOfDateConstraint):
            if getattr(conditional.prices, 'output_mtok', None) is not None:
                base = lambda p: p.base if isinstance(p, types.TieredPrices) else p
                if base(conditional.prices.output_mtok) > base(getattr(standard, 'output_mtok', 0) or 0):
                    standard = conditional.prices
    return standard


def rates(prices, tokens):
    """The rates of a prompt of so many tokens."""
    found = {}
    for name, key in RATES.items():
        price = getattr(prices, key, None)
        if isinstance(price, types.TieredPrices):
            fitting = [tier.price for tier in price.tiers if tokens > tier.start]
            price = fitting[-1] if fitting else price.base
        if price is not None:
            found[name] = micro(price)
    return found


def clauses(match):
    """The names that a clause holds. Of a pattern only its beginning is a name; SUFFIXES says what may follow."""
    if isinstance(match, types.ClauseOr):
        return [name for clause in match.or_ for name in clauses(clause)]
    if isinstance(match, types.ClauseEquals):
        return [match.equals]
    if isinstance(match, types.ClauseStartsWith):
        return [match.starts_with]
    return []


def entry(model):
    prices = current(model)
    known = {key: value for key, value in vars(prices).items() if value is not None}
    if 'input_mtok' not in known or 'output_mtok' not in known:
        # The source knows free variants by name only.
        if known or not model.id.endswith(':free'):
            return None
        base = {'in': 0, 'out': 0}
        starts = []
    else:
        base = rates(prices, 0)
        starts = sorted({t.start for v in known.values() if isinstance(v, types.TieredPrices) for t in v.tiers})
    names = []
    for name in map(str.lower, [model.id, *clauses(model.match)]):
        if name not in names and not name.endswith(('-', '@', ':', '/')):
            names.append(name)
    made = {'names': names, 'rates': base}
    if model.context_window:
        made['context'] = model.context_window
    if starts:
        made['tiers'] = [{'over': start, 'rates': rates(prices, start + 1)} for start in starts]
    return made


def sheet(models, ending='', fits=lambda name: True):
    made, taken = [], set()
    for model in models:
        one = None if NOT_OURS.search(model.id) else entry(model)
        if one is None:
            complain('left out:', model.id)
            continue
        one['names'] = [name + ending for name in one['names'] if fits(name)]
        if one['names']:
            made.append(one)
    # The source goes by the first that fits; so a name belongs to the first that has it, ids before patterns.
    ids = {one['names'][0] for one in made}
    for one in made:
        first, *others = one['names']
        one['names'] = [] if first in taken else [first]
        one['names'] += [name for name in others if name not in ids and name not in taken]
        taken.update(one['names'])
    return sorted((one for one in made if one['names']), key=lambda one: one['names'][0])


def main():
    by_id = {provider.id: provider for provider in providers}
    table = {row: sheet(by_id[source].models) for row, source in ROWS.items() if row != 'openrouter'}
    # There every model is named with its maker.
    table['openrouter'] = sheet(by_id['openrouter'].models, fits=lambda name: '/' in name)
    served = []
    for provider in providers:
        if provider.id.startswith(f'{ROUTER}_'):
            served += sheet(provider.models, ':' + provider.id.removeprefix(f'{ROUTER}_'))
    table[ROUTER] = sorted(served, key=lambda one: one['names'][0])

    head = {
        'format': 'tachikoma-forge/prices',
        'version': 1,
        'source': f'genai-prices {version("genai-prices")}, https://github.com/pydantic/genai-prices',
        'licence': 'MIT, Copyright (c) Pydantic Services Inc.',
        'date': NOW.date().isoformat(),
        'unit': 'micro-dollars per million tokens; 3000000 is $3.00',
        'free': FREE,
        'prefixes': PREFIXES,
        'suffixes': SUFFIXES,
    }
    text = lambda value: json.dumps(value, ensure_ascii=False, separators=(',', ':'))
    lines = ['{'] + [f'{text(key)}:{text(value)},' for key, value in head.items()] + ['"providers":{']
    for number, (row, models) in enumerate(table.items()):
        lines.append(f'{text(row)}:[')
        lines.append(',\n'.join(map(text, models)))
        lines.append(']' if number + 1 == len(table) else '],')
        complain(f'{row}: {len(models)} models')
    print('\n'.join(lines + ['}}']))


main()

